#include "worker_loop.h"

#include <algorithm>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string timed_runs(const std::function<void()>& run, double seconds) {
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < 3 || seconds_since(begin) < seconds) {
    const auto start = Clock::now();
    run();
    times.push_back(seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  std::ostringstream text;
  text.precision(9);
  text << times[times.size() / 2] << ' ' << times.front() << ' ' << times.size();
  return text.str();
}

}  // namespace

std::vector<float> read_input(const std::string& path, std::size_t floats) {
  std::vector<float> values(floats);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(floats * sizeof(float)));
  if (!file)
    throw std::runtime_error(path + ": is shorter than " + std::to_string(floats) + " floats");
  return values;
}

WorkerArguments parse_arguments(int argc, char** argv) {
  if (argc != 5) throw std::invalid_argument("usage: WORKER MODEL BATCH THREADS INPUT");
  return {argv[1], std::stoi(argv[2]), std::stoi(argv[3]), argv[4]};
}

void serve(const std::function<void()>& run, const std::vector<float>& output,
           const std::function<std::string(const std::string&)>& other) {
  run();
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    if (line.rfind("run ", 0) == 0) {
      std::cout << timed_runs(run, std::stod(line.substr(4))) << std::endl;
    } else if (line.rfind("logits ", 0) == 0) {
      std::ofstream file(line.substr(7), std::ios::binary);
      file.write(reinterpret_cast<const char*>(output.data()),
                 static_cast<std::streamsize>(output.size() * sizeof(float)));
      std::cout << (file.flush() ? "ok" : "error: cannot write") << std::endl;
    } else {
      std::cout << other(line) << std::endl;
    }
  }
}

}  // namespace bench
