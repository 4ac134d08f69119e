#pragma once

#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

// The side of a measured engine that lprnet_bench/worker.py has in Python: a process that is told
// over its standard input what to do, so that engines take turns without sharing a process.
namespace bench {

// Normalised input of `count` plates, (count, 3, 24, 94), from a file of raw float32. Throws
// std::runtime_error when the file is shorter.
std::vector<float> read_input(const std::string& path, std::size_t floats);

// What a worker was started with: ENGINE_PROGRAM MODEL BATCH THREADS INPUT.
struct WorkerArguments {
  std::string model;
  int batch;
  int threads;
  std::string input;
};

// Throws std::invalid_argument.
WorkerArguments parse_arguments(int argc, char** argv);

// Answers one line to each line until the input ends or says "quit":
//   run SECONDS   runs for at least that long, answers "MEDIAN MIN COUNT", seconds of one run
//   logits PATH   writes the last run's output as raw float32, answers "ok"
//   anything else what `other` answers
void serve(const std::function<void()>& run, const std::vector<float>& output,
           const std::function<std::string(const std::string&)>& other);

}  // namespace bench
