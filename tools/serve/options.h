#pragma once

#include <cstdint>
#include <string>

#include "lprnet/image.hpp"

namespace lprnet::serve {

// What the service may cost, and where it is found.
struct ServeOptions {
  std::string address = "127.0.0.1";
  int port = 8080;
  std::string token_file;
  std::string access_log;
  int workers = 0;  // 0: one for each core
  int queue = 64;
  int max_connections = 1024;
  int max_pictures = 16;
  std::int64_t max_body_bytes = std::int64_t{20} << 20;
  std::int64_t max_waiting_bytes = std::int64_t{256} << 20;
  double seconds = 30;          // from a request's last byte to the beginning of its answer
  double idle_seconds = 10;     // in which a client sends nothing
  double receive_seconds = 30;  // for a body, and for an answer
  double drain_seconds = 30;    // for what is accepted when the program is to end
  ImageOptions image;
};

}  // namespace lprnet::serve
