//===- oqat-train.cpp - Train, evaluate and export supernets --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Commands.h"
#include "train/Report/RunReport.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <memory>

using namespace oqat::train;

static void addSource(CLI::App *app, PlanSource &source) {
  auto *module = app->add_option("supernet", source.module,
                                 "IR of the supernet (runs oqat-compile)");
  app->add_option("--plan", source.plan, "Folder of a ready training plan")
      ->excludes(module);
}

static void addPictures(CLI::App *app, DataOptions &options) {
  app->add_flag("--strict-data", options.isStrict,
                "A picture that can't be read is an error");
  app->add_option_function<int64_t>(
         "--keep-mib",
         [&options](int64_t mib) { options.keptBytes = mib << 20; },
         "Data sets of up to so many MiB of files stay in memory (256)")
      ->check(CLI::Range(int64_t(0), int64_t(1) << 30));
}

int main(int argc, char **argv) {
  CLI::App app(
      "Trains a supernet quantization-aware, and evaluates and exports "
      "its subnets.");
  app.require_subcommand(1);
  int threads = 0;
  app.add_option("--threads", threads, "Threads; 0 for one per core");
  int timeout = 30;
  app.add_option("--dist-timeout", timeout,
                 "Seconds that another process of the run may take to answer "
                 "in a step (30)")
      ->check(CLI::Range(1, 3600));
  app.fallthrough();

  TrainOptions train;
  auto *trainApp = app.add_subcommand("train", "Train by a recipe");
  addSource(trainApp, train.source);
  trainApp->add_option("--recipe", train.recipe, "Recipe (JSON)")->required();
  trainApp->add_option("--data", train.data, "Folder with train/<class>/*.jpg")
      ->required();
  trainApp->add_option("-o,--out", train.out, "Folder of the run")->required();
  trainApp->add_option("--weights", train.weights,
                       "What phases \"from\": \"weights\" start from: a "
                       "checkpoint, or what --oqat-save-weights wrote");
  trainApp->add_option("--teacher", train.teacher,
                       "Checkpoint that teaches phases of \"teacher\": "
                       "\"given\"");
  addPictures(trainApp, train.pictures);
  trainApp
      ->add_option("--workers", train.pictures.workers,
                   "Threads that make batches ahead; default: 2 where pictures "
                   "don't stay in memory, else none")
      ->check(CLI::Range(0, 1024));
  trainApp->add_option("--device", train.device,
                       "Where steps run: cpu (default), cuda or cuda:N");
  trainApp->add_flag("--resume", train.resume,
                     "Go on after the newest checkpoint of the run");

  EvaluateOptions eval;
  auto *evalApp = app.add_subcommand("eval", "Top-1 of a subnet, as JSON");
  addSource(evalApp, eval.source);
  evalApp->add_option("--checkpoint", eval.checkpoint, "Trained or exported")
      ->required();
  evalApp->add_option("--subnet", eval.subnet,
                      "JSON file, file#id, max, min, or - for one per line "
                      "of standard input; default: max");
  evalApp->add_option("--bits", eval.bits,
                      "Where the subnet gives none; default: the "
                      "checkpoint's");
  evalApp->add_option("--data", eval.data, "Folder with train/ and test/")
      ->required();
  evalApp->add_option("--split", eval.split,
                      "Folder of the data to evaluate on (test)");
  evalApp->add_option("--trace", eval.trace,
                      "Write logits and digests of all codes (safetensors)");
  addPictures(evalApp, eval.pictures);
  evalApp->add_option("--limit", eval.limit, "Only the first pictures");

  ExportOptions exporting;
  auto *exportApp = app.add_subcommand(
      "export", "Recalibrated weights of one subnet for oqat-compile");
  addSource(exportApp, exporting.source);
  exportApp->add_option("--checkpoint", exporting.checkpoint, "Trained")
      ->required();
  exportApp
      ->add_option("--subnet", exporting.subnet,
                   "JSON file, file#id, max or min")
      ->required();
  exportApp->add_option("--bits", exporting.bits,
                        "Where the subnet gives none; default: the "
                        "checkpoint's");
  exportApp->add_option("--data", exporting.data, "Folder with train/")
      ->required();
  exportApp->add_option("-o,--out", exporting.out, "Weights (safetensors)")
      ->required();

  addPictures(exportApp, exporting.pictures);

  ReportOptions report;
  auto *reportApp = app.add_subcommand("report", "A page about a run (HTML)");
  reportApp->add_option("run", report.run, "Folder of the run")->required();
  reportApp->add_option("--front", report.front, "What oqat-search wrote");
  reportApp->add_option("-o,--out", report.out, "Default: report.html in it");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? 1 : 0;
  }
  std::unique_ptr<Communicator> ranks;
  try {
    if (*reportApp)
      return runReport(report);
    ranks = joinRanks(timeout);
    train.timeout = timeout;
    train.ranks = eval.ranks = exporting.ranks = ranks.get();
    setUp(threads, *ranks);
    if (*trainApp)
      return runTrain(train);
    return *evalApp ? runEvaluate(eval) : runExport(exporting);
  } catch (const std::exception &error) {
    return reportError(error, ranks.get());
  }
}
