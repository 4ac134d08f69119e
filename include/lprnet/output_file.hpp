#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "lprnet/export.hpp"

namespace lprnet {

// A file that appears under its name whole or not at all: what Model::save() and save_tensors()
// write with. The bytes go to a new file in the target's folder, `.lprnet-` and 16 random digits,
// which no other writer and no link can share; finish() brings them to the disk and renames.
//
// A regular file under that name is replaced, its permissions kept; a new one has those that the
// process's umask leaves. A symbolic link is itself replaced and what it names stays as it is, as
// with ld, install and rsync. Anything else (a folder, a pipe, a device, a socket) is refused.
//
// No signal handler is installed: a process that is killed while it writes leaves the unfinished
// file, never a damaged target. One thread at a time.
class LPRNET_API OutputFile {
 public:
  // Throws Error(kIo): the target is not a regular file, or its folder cannot be written.
  explicit OutputFile(const std::filesystem::path& path);
  // Removes what has been written unless finish() was called.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws Error(kIo), for instance when the disk is full.
  void write(std::string_view bytes);
  // After it returns a reader sees the new file, and a machine that loses its power finds it. To be
  // called once, last. Throws Error(kIo); the target is then what it was.
  void finish();

 private:
  void write_all(std::string_view bytes);
  [[noreturn]] void fail_to_write(int error) const;

  std::filesystem::path path_;
  std::filesystem::path unfinished_;  // empty: finished
  std::string waiting_;               // not yet given to the system
  int descriptor_ = -1;
};

}  // namespace lprnet
