//===- Bytes.h - The elements of dense attributes ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_BYTES_H
#define OQAT_SUPPORT_BYTES_H

#include "mlir/IR/BuiltinAttributes.h"

#include <vector>

namespace mlir::oqat {

/// The elements, all of the size of a `T`, of an attribute, as it has them:
/// nothing is copied. Its iterators make an APInt or APFloat of each, which
/// takes longer than whatever is done with them.
template <typename T>
class ElementsView {
public:
  explicit ElementsView(DenseElementsAttr values) {
    assert(values.getElementType().getIntOrFloatBitWidth() == 8 * sizeof(T));
    ArrayRef<char> raw = values.getRawData();
    elements = {reinterpret_cast<const T *>(raw.data()),
                static_cast<size_t>(values.getNumElements())};
    if (!values.isSplat() || elements.empty())
      return;
    // The attribute has it once.
    repeated.assign(values.getNumElements(), elements.front());
    elements = repeated;
  }
  ElementsView(ElementsView &&) = default;
  ElementsView &operator=(ElementsView &&) = default;

  ArrayRef<T> get() const { return elements; }
  const T *data() const { return elements.data(); }
  size_t size() const { return elements.size(); }
  const T *begin() const { return elements.begin(); }
  const T *end() const { return elements.end(); }

private:
  ArrayRef<T> elements;
  std::vector<T> repeated;
};

using BytesView = ElementsView<uint8_t>;

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_BYTES_H
