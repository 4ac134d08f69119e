#include "serve.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "output.h"

namespace lprnet::cli {
namespace {

constexpr const char* kProgram = "lprnet-serve";

}  // namespace

int become_service(char* const* argv) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) ::execv((here.parent_path() / kProgram).c_str(), argv);
  if (error || errno == ENOENT) ::execvp(kProgram, argv);
  if (errno == ENOENT) {
    complain(
        "serve needs the program lprnet-serve, which is neither beside this one nor in $PATH; "
        "it is built where libmicrohttpd-dev is installed");
  } else {
    complain(std::string("lprnet-serve cannot be started: ") + std::strerror(errno));
  }
  return kUnusable;
}

Command serve_command() {
  return {"serve", "Read plates over HTTP: lprnet serve --help",
          "  lprnet serve\n"
          "  lprnet serve --help\n"
          "  curl --data-binary @street.jpg http://127.0.0.1:8080/v1/read",
          [](Arguments&) -> std::function<int()> { return [] { return kAllDone; }; }};
}

}  // namespace lprnet::cli
