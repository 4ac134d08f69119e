#pragma once

#include <string>

namespace lprnet::serve {

// A socket that listens on a numeric IPv4 or IPv6 address; port 0: a free one.
struct Listener {
  int descriptor = -1;
  std::string url;        // "http://127.0.0.1:8080"
  bool is_local = false;  // only programs of this machine reach it
};

// Throws Error: kInvalidArgument for what is no address, kIo where it cannot be listened on.
Listener listen_on(const std::string& address, int port);

}  // namespace lprnet::serve
