//===- Bytes.h - Attributes of bytes ----------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_BYTES_H
#define OQAT_SUPPORT_BYTES_H

#include "mlir/IR/BuiltinAttributes.h"

namespace mlir::oqat {

/// The elements, of 8 bits, of an attribute. Its iterators make an APInt of
/// each, which takes longer than whatever is done with them.
inline SmallVector<uint8_t> toBytes(DenseElementsAttr values) {
  assert(values.getElementType().getIntOrFloatBitWidth() == 8);
  ArrayRef<char> raw = values.getRawData();
  if (values.isSplat())
    return SmallVector<uint8_t>(values.getNumElements(),
                                static_cast<uint8_t>(raw.front()));
  return SmallVector<uint8_t>(raw.begin(), raw.end());
}

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_BYTES_H
