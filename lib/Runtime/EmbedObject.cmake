# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# cmake -DOBJECT=x.o -DOUTPUT=x.inc -P EmbedObject.cmake: the bytes of a file as
# the body of a C array.
file(READ ${OBJECT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "${bytes}\n")
