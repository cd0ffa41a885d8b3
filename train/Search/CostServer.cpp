//===- CostServer.cpp - Costs of subnets, from the compiler ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/CostServer.h"
#include "oqat/Formats/Json.h"
#include "train/Model/Support.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace oqat::train {

namespace fs = std::filesystem;

namespace {
constexpr size_t kMaxAnswer = size_t(1) << 20;

/// Starts `command` with standard input and output at `end`.
pid_t start(const std::vector<std::string> &command, int end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, end, STDOUT_FILENO);
  std::vector<char *> arguments;
  for (const std::string &argument : command)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  int failure = posix_spawnp(&child, arguments[0], &actions, nullptr,
                             arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0)
    throw Error(command[0] + ": cannot be run: " + std::strerror(failure));
  return child;
}

int64_t field(const formats::Json &answer, const char *key) {
  auto it = answer.find(key);
  if (it == answer.end() || !it->is_number())
    throw Error("the compiler's answer has no '" + std::string(key) + "'");
  return it->get<int64_t>();
}

Costs parse(const std::string &line, const std::string &name) {
  std::string problem;
  auto answer = formats::parseJson(line, name, problem);
  if (!answer)
    throw Error(problem);
  if (!answer->is_object())
    throw Error(name + ": answered with something other than an object");
  if (auto it = answer->find("error"); it != answer->end())
    throw Error(it->is_string() ? it->get<std::string>() : it->dump());
  return {field(*answer, "macs"), field(*answer, "parameters"),
          field(*answer, "bops"), field(*answer, "weightBytes")};
}
} // namespace

CostServer::CostServer(const std::vector<std::string> &command)
    : name(command[0]) {
  // A socket rather than pipes: writing to one whose reader is gone can be made
  // an error instead of a signal.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(name + ": no channel to it: " + std::strerror(errno));
  socket = ends[0];
  try {
    child = start(command, ends[1]);
  } catch (...) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
}

CostServer::~CostServer() {
  // The child ends at the end of its input.
  ::close(socket);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

void CostServer::send(const std::string &line) {
  for (size_t at = 0; at < line.size();) {
    ssize_t count =
        ::send(socket, line.data() + at, line.size() - at, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      throw Error(name + ": ended before it answered");
    at += static_cast<size_t>(count);
  }
}

std::string CostServer::receive() {
  size_t end = 0;
  while ((end = buffer.find('\n')) == std::string::npos) {
    char chunk[4096];
    ssize_t count = ::recv(socket, chunk, sizeof(chunk), 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0 || buffer.size() > kMaxAnswer)
      throw Error(name + ": ended before it answered");
    buffer.append(chunk, static_cast<size_t>(count));
  }
  std::string line = buffer.substr(0, end);
  buffer.erase(0, end + 1);
  return line;
}

Costs CostServer::costsOf(const formats::SubnetConfig &subnet) {
  std::string line = formats::writeSubnet(subnet);
  auto it = known.find(line);
  if (it != known.end())
    return it->second;
  send(line);
  Costs costs = parse(receive(), name);
  known.emplace(line, costs);
  return costs;
}

std::vector<std::string> costServerCommand(const std::string &module) {
  std::error_code code;
  fs::path self = fs::read_symlink("/proc/self/exe", code);
  std::string compiler = (self.parent_path() / "oqat-compile").string();
  if (code || !fs::exists(compiler, code))
    compiler = "oqat-compile";
  return {compiler, module, "--emit=cost-server"};
}

} // namespace oqat::train
