//===- ScanIR.cpp - A look at IR text before the parser -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Support/ScanIR.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::oqat;
using llvm::StringRef;

namespace {

/// One pass over the text that knows strings, comments and brackets only.
class Scanner {
public:
  explicit Scanner(StringRef text) : text(text) {}
  std::optional<ScanError> run();

private:
  void skipComment();
  void skipString();
  bool open(char bracket);
  void close(char bracket);
  bool scanShape();
  bool countOperator();
  bool skipWord();

  bool fail(const char *message) {
    error = ScanError{line, static_cast<unsigned>(at - lineStart + 1), message};
    return false;
  }

  StringRef text;
  size_t at = 0, lineStart = 0;
  unsigned line = 1;
  /// Operators in the list entry at hand and before every bracket around it:
  /// so deep does the parser of expressions recurse.
  unsigned operators = 0;
  struct Bracket {
    char kind;
    unsigned operatorsBefore;
  };
  llvm::SmallVector<Bracket> brackets;
  std::optional<ScanError> error;
};

} // namespace

void Scanner::skipComment() {
  while (at < text.size() && text[at] != '\n')
    ++at;
}

void Scanner::skipString() {
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
    if (text[at] == '\\')
      ++at;
  if (at < text.size() && text[at] == '"')
    ++at;
}

bool Scanner::open(char bracket) {
  brackets.push_back({bracket, operators});
  if (brackets.size() <= kMaxIRNesting)
    return true;
  return fail("expected at most 256 nested brackets");
}

/// Closes the innermost bracket of that kind; text that does not balance is
/// the parser's to report.
void Scanner::close(char bracket) {
  if (!brackets.empty() && brackets.back().kind == bracket)
    operators = brackets.pop_back_val().operatorsBefore;
}

/// `4x5x` and so on, at a digit behind '<' or 'x'.
bool Scanner::scanShape() {
  double elements = 1;
  while (true) {
    size_t digits = at;
    while (digits < text.size() && llvm::isDigit(text[digits]))
      ++digits;
    bool dynamic = digits < text.size() && digits == at && text[digits] == '?';
    size_t end = dynamic ? digits + 1 : digits;
    if (end == at || end >= text.size() || text[end] != 'x')
      return true;
    double extent = 1;
    if (!dynamic &&
        (digits - at > 12 || text.slice(at, digits).getAsDouble(extent)))
      return fail("expected a shape of at most 1073741824 elements");
    elements *= extent;
    if (elements > kMaxIRElements)
      return fail("expected a shape of at most 1073741824 elements");
    at = end + 1;
  }
}

/// Expressions stand in brackets other than those of regions and dictionaries.
bool Scanner::countOperator() {
  if (brackets.empty() || brackets.back().kind == '{')
    return true;
  if (++operators <= kMaxAffineOperators)
    return true;
  return fail("expected at most 1024 operators in one expression");
}

/// `floordiv`, `ceildiv` and `mod` are operators as well.
bool Scanner::skipWord() {
  StringRef word = text.substr(at).take_while(llvm::isAlpha);
  at += word.size();
  return (word != "floordiv" && word != "ceildiv" && word != "mod") ||
         countOperator();
}

std::optional<ScanError> Scanner::run() {
  while (at < text.size()) {
    char c = text[at];
    char next = at + 1 < text.size() ? text[at + 1] : '\0';
    bool arrow = (c == '-' || c == '=') && next == '>';
    if (c == '/' && next == '/') {
      skipComment();
      continue;
    }
    if (c == '"') {
      skipString();
      continue;
    }
    if (llvm::isAlpha(c)) {
      if (!skipWord())
        return error;
      continue;
    }
    if (c == '\n') {
      ++line;
      lineStart = at + 1;
    } else if (c == ',') {
      operators = brackets.empty() ? 0 : brackets.back().operatorsBefore;
    } else if (arrow) {
      ++at;
    } else if ((c == '+' || c == '-' || c == '*') && !countOperator()) {
      return error;
    } else if (c == '(' || c == '[' || c == '{' || c == '<') {
      if (!open(c))
        return error;
      if (c == '<') {
        ++at;
        if (!scanShape())
          return error;
        continue;
      }
    } else if (c == ')') {
      close('(');
    } else if (c == ']') {
      close('[');
    } else if (c == '}') {
      close('{');
    } else if (c == '>') {
      close('<');
    }
    ++at;
  }
  return error;
}

std::optional<ScanError> mlir::oqat::scanIR(StringRef text) {
  if (text.starts_with("ML\xefR"))
    return std::nullopt;
  if (text.size() > kMaxIRBytes)
    return ScanError{1, 1, "expected at most 2 GiB of text"};
  return Scanner(text).run();
}
