//===- OqatKeywords.h - Enumerations as bare keywords -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQATKEYWORDS_H
#define OQAT_DIALECTS_OQAT_OQATKEYWORDS_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

/// Parses the keyword of one case of the enumeration.
template <typename EnumAttr>
ParseResult parseEnumKeyword(OpAsmParser &parser, EnumAttr &attr,
                             StringRef expected) {
  using Enum = decltype(attr.getValue());
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<Enum> value = symbolizeEnum<Enum>(keyword);
  if (!value)
    return parser.emitError(loc)
           << "expected " << expected << ", but got '" << keyword << "'";
  attr = EnumAttr::get(parser.getContext(), *value);
  return success();
}

/// `@choice` or an integer.
inline ParseResult parseBitsOrChoice(OpAsmParser &parser, Attribute &bits) {
  FlatSymbolRefAttr choice;
  OptionalParseResult symbol = parser.parseOptionalAttribute(choice);
  if (symbol.has_value()) {
    bits = choice;
    return *symbol;
  }
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  bits = parser.getBuilder().getI64IntegerAttr(value);
  return success();
}

inline void printBitsOrChoice(OpAsmPrinter &printer, Attribute bits) {
  if (auto integer = dyn_cast<IntegerAttr>(bits))
    printer << integer.getInt();
  else
    printer << bits;
}

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_OQATKEYWORDS_H
