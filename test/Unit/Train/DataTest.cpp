//===- DataTest.cpp - Batches, whoever makes them -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Files.h"
#include "oqat/Image/Pipeline.h"
#include "test/Unit/Image/EncodeJpeg.h"
#include "train/Data/BatchLoader.h"
#include "train/Model/Support.h"

using namespace oqat;
using namespace oqat::train;

namespace {

/// Two classes of nine pictures, large ones and small ones.
class DataTest : public FolderTest {
protected:
  void SetUp() override {
    FolderTest::SetUp();
    for (int i = 0; i < 18; ++i) {
      std::string name = i < 9 ? "a" : "b";
      std::filesystem::create_directories(folder + "/" + name);
      int64_t side = i % 3 ? 100 + 10 * i : 40;
      write(pathOf(i), image::encodeJpeg(image::randomPicture(
                           side, side + 7, static_cast<uint64_t>(i))));
    }
  }
  std::string pathOf(int i) {
    return folder + (i < 9 ? "/a/" : "/b/") + std::to_string(10 + i) + ".jpg";
  }
  Dataset load(int64_t keptBytes, bool isStrict = false) {
    DataOptions options;
    options.keptBytes = keptBytes;
    options.isStrict = isStrict;
    Dataset dataset = loadDataset(folder, "train", 2, options);
    dataset.augmentation.brightness = 0.2;
    EXPECT_EQ(dataset.isKept(), keptBytes > 0);
    return dataset;
  }
  /// Twenty batches of elastic size.
  static std::vector<Batch> batches(const Dataset &dataset, int workers,
                                    int64_t first = 0) {
    BatchLoader loader(dataset, workers, first, 20, [&](int64_t number) {
      auto seed = static_cast<uint64_t>(number);
      std::vector<int64_t> order = shuffledOrder(dataset.size(), seed / 2);
      order.resize(11);
      return BatchRequest{order, 24 + 8 * (number % 3), seed};
    });
    std::vector<Batch> made;
    for (int64_t i = first; i < 20; ++i)
      made.push_back(loader.next());
    return made;
  }
  static void expectEqual(const std::vector<Batch> &x,
                          const std::vector<Batch> &y) {
    ASSERT_EQ(x.size(), y.size());
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(x[i].labels, y[i].labels) << "batch " << i;
      EXPECT_EQ(x[i].views, y[i].views) << "batch " << i;
    }
  }
};

constexpr int64_t kAll = 1 << 30;

} // namespace

TEST_F(DataTest, AnyWorkersKeptOrNot) {
  Dataset kept = load(kAll), read = load(0);
  EXPECT_EQ(kept.fingerprint(), read.fingerprint());
  std::vector<Batch> expected = batches(kept, 0);
  EXPECT_EQ(expected[4].views.size(), 11u * 32 * 32 * 3);
  for (int workers : {1, 2, 4}) {
    expectEqual(batches(kept, workers), expected);
    expectEqual(batches(read, workers), expected);
  }
  setThreads(3);
  expectEqual(batches(read, 0), expected);
  setThreads(1);
  // From the middle on, as a resumed run would.
  expected.erase(expected.begin(), expected.begin() + 7);
  expectEqual(batches(read, 2, 7), expected);
}

TEST_F(DataTest, PicturesThatCannotBeRead) {
  write(pathOf(4), "no picture");
  std::string bytes = read(pathOf(11));
  write(pathOf(11), bytes.substr(0, bytes.size() / 3));
  std::filesystem::remove(pathOf(12));
  std::filesystem::create_symlink("nowhere", pathOf(12));
  Dataset kept = load(kAll), read = load(0);
  std::vector<Batch> expected = batches(kept, 0);
  expectEqual(batches(read, 3), expected);
  EXPECT_EQ(kept.unreadable->count(), 3);
  EXPECT_EQ(read.unreadable->count(), 3);
  EXPECT_EQ(read.unreadable->takeLines().size(), 3u);
  EXPECT_TRUE(read.unreadable->takeLines().empty());
  // The next picture takes the place, with its label.
  BatchRequest request{{4, 5}, 32, 9};
  Batch batch = loadBatch(read, request);
  std::string error;
  uint64_t seed = numerics::combineSeeds(9, 0);
  auto view = read.trainingView(5, 32, seed, error);
  ASSERT_TRUE(view) << error;
  EXPECT_TRUE(std::equal(view->pixels.begin(), view->pixels.end(),
                         batch.views.begin()));
  Dataset strict = load(0, true);
  for (int workers : {0, 2})
    EXPECT_THROW(batches(strict, workers), Error);
}

// N8: evaluation sees the picture decoded at full size, kept or not.
TEST_F(DataTest, EvaluationDecodesAtFullSize) {
  Dataset kept = load(kAll), read = load(0);
  std::vector<uint8_t> x(18 * 24 * 24 * 3), y(x.size());
  std::vector<int64_t> labels = loadEvaluationBatch(kept, 0, 18, 24, x.data());
  EXPECT_EQ(labels, loadEvaluationBatch(read, 0, 18, 24, y.data()));
  EXPECT_EQ(labels, kept.labels);
  EXPECT_EQ(x, y);
  for (int64_t i = 0; i < 18; ++i) {
    std::string error;
    auto view =
        image::loadForEvaluation(kept.paths[static_cast<size_t>(i)], 24, error);
    ASSERT_TRUE(view) << error;
    EXPECT_TRUE(std::equal(view->pixels.begin(), view->pixels.end(),
                           x.begin() + i * 24 * 24 * 3));
  }
}

TEST_F(DataTest, HoldingOutKeepsWhatIsKept) {
  Dataset rest = load(kAll);
  std::string before = rest.fingerprint();
  Dataset held = holdOut(rest, 4);
  EXPECT_EQ(rest.size(), 14);
  EXPECT_EQ(held.size(), 4);
  EXPECT_EQ(held.paths[0], pathOf(7));
  EXPECT_TRUE(rest.isKept() && held.isKept());
  EXPECT_EQ(held.augmentation.brightness, 0.2);
  EXPECT_NE(rest.fingerprint(), before);
}
