//===- CostServer.h - Costs of subnets, from the compiler -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only the compiler knows what a subnet costs. It runs as a child that answers
// one line of JSON per subnet.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_SEARCH_COSTSERVER_H
#define OQAT_TRAIN_SEARCH_COSTSERVER_H

#include "oqat/Formats/Subnet.h"

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace oqat::train {

struct Costs {
  int64_t macs = 0, parameters = 0, bops = 0, weightBytes = 0;
};

class CostServer {
public:
  /// Runs `command`, found on PATH.
  explicit CostServer(const std::vector<std::string> &command);
  ~CostServer();
  CostServer(const CostServer &) = delete;
  CostServer &operator=(const CostServer &) = delete;

  /// Throws an Error with the compiler's message. Answers are remembered.
  Costs costsOf(const formats::SubnetConfig &subnet);

private:
  std::string name, buffer;
  int socket = -1;
  pid_t child = 0;
  std::map<std::string, Costs> known;

  void send(const std::string &line);
  std::string receive();
};

/// The command that serves the costs of `module`: the oqat-compile beside this
/// program, or else the one on PATH.
std::vector<std::string> costServerCommand(const std::string &module);

} // namespace oqat::train

#endif // OQAT_TRAIN_SEARCH_COSTSERVER_H
