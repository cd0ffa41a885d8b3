//===- StopSignal.cpp - A request to stop ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/StopSignal.h"

#include <csignal>

namespace oqat::train {

static volatile std::sig_atomic_t received = 0;

static void remember(int signal) {
  received = signal;
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
}

void catchStopSignals() {
  struct sigaction action = {};
  action.sa_handler = remember;
  // A checkpoint that is being written is not to notice.
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

int stopSignal() { return received; }

} // namespace oqat::train
