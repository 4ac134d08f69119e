#include "separate_program.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "output.h"

namespace lprnet::cli {
namespace {

constexpr SeparateProgram kServe = {
    "serve", "lprnet-serve", "libmicrohttpd-dev", "Read plates over HTTP: lprnet serve --help",
    "  lprnet serve\n"
    "  lprnet serve --help\n"
    "  curl --data-binary @street.jpg http://127.0.0.1:8080/v1/read"};

constexpr SeparateProgram kWatch = {
    "watch", "lprnet-watch", "libopencv-dev",
    "Read the plates of cars that pass in a video: lprnet watch --help",
    "  lprnet watch gate.mp4\n"
    "  lprnet watch --help\n"
    "  lprnet watch rtsp://camera/stream --snapshot passed/"};

Command command_of(const SeparateProgram& separate) {
  return {separate.command, separate.summary, separate.examples,
          [](Arguments&) -> std::function<int()> { return [] { return kAllDone; }; }};
}

}  // namespace

const SeparateProgram* find_separate_program(std::string_view command) {
  for (const SeparateProgram* separate : {&kServe, &kWatch}) {
    if (command == separate->command) return separate;
  }
  return nullptr;
}

int become(const SeparateProgram& separate, char* const* argv) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) ::execv((here.parent_path() / separate.program).c_str(), argv);
  if (error || errno == ENOENT) ::execvp(separate.program, argv);
  const std::string program = separate.program;
  if (errno == ENOENT) {
    complain(std::string(separate.command) + " needs the program " + program +
             ", which is neither beside this one nor in $PATH; it is built where " +
             separate.package + " is installed");
  } else {
    complain(program + " cannot be started: " + std::strerror(errno));
  }
  return kUnusable;
}

Command serve_command() { return command_of(kServe); }
Command watch_command() { return command_of(kWatch); }

}  // namespace lprnet::cli
