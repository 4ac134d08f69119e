#pragma once

#include <map>
#include <string>

#include "base/file_bytes.h"

namespace lprnet::importer {

// Whether the bytes begin as a zip file does.
bool looks_like_zip(const base::Bytes& file);

// The entries of a zip file by name, as PyTorch writes them: stored, not compressed, in one part,
// with or without ZIP64 records. They share the file's bytes. `where` begins every message. Throws
// Error: kFormat for a file that is cut, whose records contradict each other, lie outside of it or
// overlap, for a name that is absolute, leaves its folder or stands twice; kUnsupported for
// compression, encryption and files in several parts.
//
// Checksums are not compared, as PyTorch compares none: it can write files without them.
std::map<std::string, base::Bytes> read_zip(const base::Bytes& file, const std::string& where);

}  // namespace lprnet::importer
