# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""read_events.py RUN: reads the event files of a run as TensorBoard does, checks both checksums of every record, and
compares the last value of every tag and step with metrics.jsonl."""
import glob
import json
import struct
import sys

TAGS = {"learningRate": "learning_rate/weights", "stepLearningRate": "learning_rate/steps",
        "imagesPerSecond": "speed/images_per_second", "msPerStep": "speed/ms_per_step", "imageSize": "image_size",
        "largest": "validation_top1/largest", "smallest": "validation_top1/smallest"}


def masked_crc(data):
    """CRC-32C bit by bit, rotated and shifted as TFRecords have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


assert masked_crc(b"123456789") == (((0xE3069283 >> 15 | 0xE3069283 << 17) & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        length, head = struct.unpack_from("<QI", data, at)
        body = data[at + 12 : at + 12 + length]
        tail, = struct.unpack_from("<I", data, at + 12 + length)
        assert head == masked_crc(data[at : at + 8]) and tail == masked_crc(body), (path, at)
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """(number, value) of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size = {1: 8, 5: 4}[kind]
            value, at = struct.unpack_from("<d" if kind == 1 else "<f", data, at)[0], at + size
        yield key >> 3, value


run = sys.argv[1]
scalars = {}
for path in sorted(glob.glob(run + "/tensorboard/events.out.tfevents.*")):
    events = [dict(fields(record)) for record in records(path)]
    assert events[0][3] == b"brain.Event:2" and events[0][1] > 1.6e9
    assert dict(fields(events[1][7])) == {1: 1}
    print("session from step", events[1][2])
    scalars = {key: value for key, value in scalars.items() if key[1] < events[1][2]}
    for event in events[2:]:
        for number, value in fields(event[5]):
            value = dict(fields(value))
            scalars[value[1].decode(), event[2]] = value[2]

expected = {}
with open(run + "/metrics.jsonl") as file:
    lines = [json.loads(line) for line in file]
for record in lines:
    step = record["totalSteps"]
    for kind, loss in record.get("losses", {}).items():
        expected["loss/" + kind, step] = loss
    expected.update({(tag, step): record[key] for key, tag in TAGS.items() if key in record})
single = lambda value: struct.unpack("<f", struct.pack("<f", value))[0]
assert scalars == {key: single(value) for key, value in expected.items()}
print("every scalar of", len(lines), "records")
print(*sorted({tag for tag, _ in scalars}))
