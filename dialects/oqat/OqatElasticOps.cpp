//===- OqatElasticOps.cpp - Spaces, networks, choices ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/OqatKeywords.h"
#include "dialects/oqat/OqatVerifiers.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace mlir;
using namespace mlir::oqat;

//===----------------------------------------------------------------------===//
// Custom directives
//===----------------------------------------------------------------------===//

/// `(%image: type) -> type { body }`
static ParseResult parseNetworkBody(OpAsmParser &parser, TypeAttr &type,
                                    Region &body) {
  SmallVector<OpAsmParser::Argument> arguments;
  Type result;
  if (parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseArrow() || parser.parseType(result))
    return failure();
  SmallVector<Type> inputs;
  for (OpAsmParser::Argument &argument : arguments)
    inputs.push_back(argument.type);
  type =
      TypeAttr::get(FunctionType::get(parser.getContext(), inputs, {result}));
  return parser.parseRegion(body, arguments);
}

static void printNetworkBody(OpAsmPrinter &printer, SupernetOp op,
                             TypeAttr type, Region &body) {
  printer << '(';
  llvm::interleaveComma(body.getArguments(), printer, [&](BlockArgument value) {
    printer.printRegionArgument(value);
  });
  printer << ") -> ";
  llvm::interleaveComma(cast<FunctionType>(type.getValue()).getResults(),
                        printer);
  printer << ' ';
  printer.printRegion(body, /*printEntryBlockArgs=*/false);
}

static ParseResult parseParameterKind(OpAsmParser &parser,
                                      ParameterKindAttr &kind) {
  return parseEnumKeyword(parser, kind, "a kind of parameter");
}

static void printParameterKind(OpAsmPrinter &printer, ParameterOp,
                               ParameterKindAttr kind) {
  printer << stringifyParameterKind(kind.getValue());
}

/// `<16 * @e_0>`: without the attribute's name, since a dialect attribute would
/// take the colon that follows for its own.
static ParseResult parseWidth(OpAsmParser &parser, WidthAttr &width) {
  return parser.parseCustomAttributeWithFallback(width);
}

static void printWidth(OpAsmPrinter &printer, WeightOp, WidthAttr width) {
  printer.printStrippedAttrOrType(width);
}

//===----------------------------------------------------------------------===//
// SpaceOp and ChoiceOp
//===----------------------------------------------------------------------===//

LogicalResult SpaceOp::verifyRegions() {
  llvm::StringSet<> places;
  for (Operation &op : getBody().front()) {
    auto choice = dyn_cast<ChoiceOp>(op);
    if (!choice)
      return op.emitOpError("has no place in a space, expected 'oqat.choice'");
    std::string place = choice.getKey().str();
    if (std::optional<uint64_t> index = choice.getIndex())
      place += '[' + std::to_string(*index) + ']';
    if (!places.insert(place).second)
      return choice.emitOpError("repeats the place '") << place << "'";
  }
  return success();
}

LogicalResult ChoiceOp::verify() {
  ArrayRef<int64_t> list = getValues();
  if (list.empty())
    return emitOpError("expected at least one value");
  for (auto [i, value] : llvm::enumerate(list)) {
    if (value < 1 || value > (1 << 24))
      return emitOpError("expected values from 1 to 16777216, but got ")
             << value;
    if (i > 0 && value <= list[i - 1])
      return emitOpError("expected increasing values, but got ")
             << value << " after " << list[i - 1];
  }
  std::optional<int64_t> position = getIndex();
  if (position && *position < 0)
    return emitOpError("expected an index that is not negative, but got ")
           << *position;
  if (position && getPerLayer())
    return emitOpError("expected no index on a per-layer choice");
  std::optional<int64_t> value = getDefaultValue();
  if (value && !llvm::is_contained(list, *value))
    return emitOpError("expected the default to be one of the values, but got ")
           << *value;
  return success();
}

//===----------------------------------------------------------------------===//
// ParameterOp
//===----------------------------------------------------------------------===//

static bool hasRankOfKind(ParameterKind kind, ArrayRef<int64_t> shape) {
  switch (kind) {
  case ParameterKind::Step:
  case ParameterKind::Offset:
    return shape.size() <= 2;
  case ParameterKind::Weight:
    return shape.size() == 4 || shape.size() == 2;
  case ParameterKind::Transform:
    return shape.size() == 2 && shape[0] == shape[1];
  default:
    return shape.size() == 1;
  }
}

LogicalResult ParameterOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape())
    return emitOpError("expected a static type, but got ") << type;
  double elements = 1;
  for (int64_t extent : type.getShape())
    elements *= static_cast<double>(extent);
  if (elements < 1 || elements > static_cast<double>(1 << 30))
    return emitOpError("expected 1 to 1073741824 elements, but got ") << type;
  if (!hasRankOfKind(getKind(), type.getShape()))
    return emitOpError("expected the shape of a '")
           << stringifyParameterKind(getKind()) << "', but got " << type;
  if (getValueAttr() && getValueAttr().getShapedType() != type)
    return emitOpError("expected a value of type ")
           << type << ", but got " << getValueAttr().getShapedType();
  if (getConstant() && !getValueAttr())
    return emitOpError("expected a constant to have a value");
  return success();
}

//===----------------------------------------------------------------------===//
// SupernetOp and ReturnOp
//===----------------------------------------------------------------------===//

LogicalResult SupernetOp::verify() {
  FunctionType type = getFunctionType();
  auto isImage = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 4 &&
           tensor.getElementType().isUnsignedInteger(8);
  };
  if (type.getNumInputs() != 1 || !isImage(type.getInput(0)))
    return emitOpError("expected one argument, a 4-D ui8 picture batch, but "
                       "got ")
           << type;
  auto logits = type.getNumResults() == 1
                    ? dyn_cast<RankedTensorType>(type.getResult(0))
                    : RankedTensorType();
  if (!logits || logits.getRank() != 2 || !logits.getElementType().isF32())
    return emitOpError("expected one result, a 2-D f32 tensor, but got ")
           << type;
  if (!isa<ReturnOp>(getBody().front().back()))
    return emitOpError("expected a body that ends with 'oqat.return'");
  return success();
}

LogicalResult SupernetOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!getSpaceAttr() ||
      tables.lookupNearestSymbolFrom<SpaceOp>(getOperation(), getSpaceAttr()))
    return success();
  return emitOpError("refers to '")
         << *getSpace() << "', which is no space of the module";
}

SpaceOp SupernetOp::lookupSpace() {
  if (!getSpaceAttr())
    return nullptr;
  return SymbolTable::lookupNearestSymbolFrom<SpaceOp>(getOperation(),
                                                       getSpaceAttr());
}

ChoiceOp SupernetOp::lookupChoice(FlatSymbolRefAttr choice) {
  SpaceOp space = lookupSpace();
  if (!space)
    return nullptr;
  return dyn_cast_or_null<ChoiceOp>(
      SymbolTable::lookupSymbolIn(space.getOperation(), choice.getAttr()));
}

LogicalResult ReturnOp::verify() {
  auto network = cast<SupernetOp>((*this)->getParentOp());
  ArrayRef<Type> results = network.getFunctionType().getResults();
  if (results.size() == 1 && getLogits().getType() == results[0])
    return success();
  return emitOpError("expected logits of the network's result type, but got ")
         << getLogits().getType();
}

//===----------------------------------------------------------------------===//
// StageOp
//===----------------------------------------------------------------------===//

ParseResult StageOp::parse(OpAsmParser &parser, OperationState &result) {
  FlatSymbolRefAttr choice;
  OpAsmParser::Argument argument;
  OpAsmParser::UnresolvedOperand input;
  Type inputType, resultType;
  if (parser.parseKeyword("choice") ||
      parser.parseAttribute(choice, "choice", result.attributes) ||
      parser.parseLParen() || parser.parseArgument(argument) ||
      parser.parseEqual() || parser.parseOperand(input) ||
      parser.parseColonType(inputType) || parser.parseRParen() ||
      parser.parseArrow() || parser.parseType(resultType) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.resolveOperand(input, inputType, result.operands))
    return failure();
  result.addTypes(resultType);
  argument.type = inputType;
  while (true) {
    auto region = std::make_unique<Region>();
    OptionalParseResult parsed = parser.parseOptionalRegion(*region, argument);
    if (!parsed.has_value())
      return success();
    if (failed(*parsed))
      return failure();
    result.addRegion(std::move(region));
    argument.type = resultType;
  }
}

void StageOp::print(OpAsmPrinter &printer) {
  printer << " choice " << getChoiceAttr() << " (";
  if (getBlocks().empty() || getBlocks().front().getNumArguments() == 0)
    printer << "%arg";
  else
    printer << getBlocks().front().getArgument(0);
  printer << " = " << getInput() << " : " << getInput().getType() << ") -> "
          << getResult().getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"choice"});
  for (Region &region : getBlocks()) {
    printer << ' ';
    printer.printRegion(region, /*printEntryBlockArgs=*/false);
  }
}

LogicalResult StageOp::verify() {
  if (getBlocks().empty())
    return emitOpError("expected at least one block slot");
  Type expected = getInput().getType();
  for (auto [i, region] : llvm::enumerate(getBlocks())) {
    if (region.getNumArguments() != 1 ||
        region.getArgument(0).getType() != expected)
      return emitOpError("expected block slot ")
             << i << " to have one argument of type " << expected;
    expected = getResult().getType();
    auto yield = dyn_cast<YieldOp>(region.front().back());
    if (!yield)
      return emitOpError("expected block slot ")
             << i << " to end with 'oqat.yield'";
    if (yield.getValue().getType() != expected)
      return yield.emitOpError("expected a value of type ")
             << expected << ", but got " << yield.getValue().getType();
  }
  return success();
}

LogicalResult StageOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<ChoiceOp> choice =
      requireChoice(getOperation(), tables, getChoiceAttr());
  if (failed(choice))
    return failure();
  int64_t deepest = choice->getValues().back();
  if (deepest <= static_cast<int64_t>(getBlocks().size()))
    return success();
  InFlightDiagnostic error = emitOpError("has ")
                             << getBlocks().size()
                             << " block slots, but its choice goes up to "
                             << deepest;
  error.attachNote(choice->getLoc()) << "the choice is here";
  return error;
}

//===----------------------------------------------------------------------===//
// WeightOp
//===----------------------------------------------------------------------===//

LogicalResult WeightOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (type.getRank() != 4 && type.getRank() != 2)
    return emitOpError("expected a result of four or two dimensions, but got ")
           << type;
  if (type.getRank() == 2 && (getKernelAttr() || getTransformsAttr()))
    return emitOpError("expected neither kernel nor transforms on a matrix");
  auto checkOpen = [&](int64_t dim, bool open, StringRef what) {
    if (type.isDynamicDim(dim) == open)
      return success();
    return LogicalResult(emitOpError("expected ")
                         << (open ? "a dynamic " : "a static ") << what
                         << " extent, but got " << type);
  };
  if (failed(checkOpen(0, static_cast<bool>(getOutAttr()), "output")) ||
      failed(checkOpen(type.getRank() - 1, static_cast<bool>(getInAttr()),
                       "input")))
    return failure();
  if (type.getRank() == 2)
    return success();
  if (failed(checkOpen(1, static_cast<bool>(getKernelAttr()), "kernel")) ||
      failed(checkOpen(2, static_cast<bool>(getKernelAttr()), "kernel")))
    return failure();
  return requireExtent(getOperation(), "a square kernel", type.getDimSize(2),
                       type.getDimSize(1));
}

/// The extents that one dimension of a weight can take: its static extent or
/// one per value of its choice.
static FailureOr<SmallVector<int64_t>>
getExtents(WeightOp op, SymbolTableCollection &tables, int64_t dim,
           FlatSymbolRefAttr symbol, WidthAttr width) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  if (!symbol)
    return SmallVector<int64_t>{type.getDimSize(dim)};
  FailureOr<ChoiceOp> choice = requireChoice(op.getOperation(), tables, symbol);
  if (failed(choice))
    return failure();
  SmallVector<int64_t> extents;
  for (int64_t value : choice->getValues())
    extents.push_back(width ? width.widthFor(value) : value);
  return extents;
}

static LogicalResult
verifyTransforms(WeightOp op, SymbolTableCollection &tables, int64_t kernel) {
  if (!op.getTransformsAttr())
    return success();
  for (Attribute symbol : op.getTransformsAttr()) {
    FailureOr<ParameterOp> matrix = requireParameter(
        op, tables, cast<FlatSymbolRefAttr>(symbol), ParameterKind::Transform);
    if (failed(matrix))
      return failure();
    int64_t taps = matrix->getTensorType().getDimSize(0);
    auto size = static_cast<int64_t>(std::lround(std::sqrt(double(taps))));
    if (size * size != taps || size % 2 == 0)
      return op.emitOpError("expected a matrix over an odd square kernel, but "
                            "got '")
             << matrix->getSymName() << "' over " << taps << " taps";
    if (size >= kernel)
      return op.emitOpError("expected transforms from large to small kernels, "
                            "but got '")
             << matrix->getSymName() << "' to " << size << " after " << kernel;
    kernel = size;
  }
  return success();
}

LogicalResult WeightOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<ParameterOp> parameter = requireParameter(
      getOperation(), tables, getParameterAttr(), ParameterKind::Weight);
  if (failed(parameter))
    return failure();
  ArrayRef<int64_t> full = parameter->getTensorType().getShape();
  int64_t rank = cast<RankedTensorType>(getResult().getType()).getRank();
  if (static_cast<int64_t>(full.size()) != rank)
    return emitOpError("expected a parameter of ")
           << rank << " dimensions, but got " << parameter->getTensorType();
  if (rank == 4 && (full[1] != full[2] || full[1] % 2 == 0))
    return emitOpError("expected a parameter with an odd square kernel, but "
                       "got ")
           << parameter->getTensorType();
  FlatSymbolRefAttr symbols[4] = {}, kernel = getKernelAttr();
  WidthAttr widths[4] = {};
  widths[0] = getOutAttr();
  widths[rank - 1] = getInAttr();
  for (int64_t dim = 0; dim < rank; ++dim)
    symbols[dim] = widths[dim] ? widths[dim].getChoice() : FlatSymbolRefAttr();
  if (rank == 4)
    symbols[1] = symbols[2] = kernel;
  for (int64_t dim = 0; dim < rank; ++dim) {
    FailureOr<SmallVector<int64_t>> extents =
        getExtents(*this, tables, dim, symbols[dim], widths[dim]);
    if (failed(extents))
      return failure();
    for (int64_t extent : *extents) {
      if (extent < 1 || extent > full[dim])
        return emitOpError("expected at most ")
               << full[dim] << " in dimension " << dim << " of '"
               << getParameter() << "', but got " << extent;
      if (rank == 4 && (dim == 1 || dim == 2) && extent % 2 == 0)
        return emitOpError("expected an odd kernel, but got ") << extent;
    }
  }
  return rank == 4 ? verifyTransforms(*this, tables, full[1]) : success();
}

#define GET_OP_CLASSES
#include "dialects/oqat/OqatElasticOps.cpp.inc"
