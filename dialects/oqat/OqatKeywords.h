//===- OqatKeywords.h - Enumerations as bare keywords -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQATKEYWORDS_H
#define OQAT_DIALECTS_OQAT_OQATKEYWORDS_H

#include "dialects/oqat/Oqat.h"

namespace mlir::oqat {

/// Parses one of the keywords that `symbolize` knows.
template <typename EnumAttr, typename Symbolize>
ParseResult parseEnumKeyword(OpAsmParser &parser, EnumAttr &attr,
                             Symbolize symbolize, StringRef expected) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  auto value = symbolize(keyword);
  if (!value)
    return parser.emitError(loc)
           << "expected " << expected << ", but got '" << keyword << "'";
  attr = EnumAttr::get(parser.getContext(), *value);
  return success();
}

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_OQATKEYWORDS_H
