// process_cost RUNS PROGRAM [ARGUMENT...]: starts a program again and again with its output thrown
// away and prints, for each run, seconds from start to end and the peak of its resident memory in
// KiB. A parent as small as this one keeps its own memory out of the figure, which a script's would
// be in.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: process_cost RUNS PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  for (int run = 0; run < std::atoi(argv[1]); ++run) {
    pid_t child = 0;
    int status = 0;
    rusage usage{};
    const auto begin = std::chrono::steady_clock::now();
    if (posix_spawnp(&child, argv[2], &files, nullptr, argv + 2, environ) != 0) {
      std::perror(argv[2]);
      return 1;
    }
    wait4(child, &status, 0, &usage);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (status != 0) {
      std::fprintf(stderr, "%s: ended with status %d\n", argv[2], status);
      return 1;
    }
    std::printf("%.6f %ld\n", seconds.count(), usage.ru_maxrss);
  }
  posix_spawn_file_actions_destroy(&files);
  return 0;
}
