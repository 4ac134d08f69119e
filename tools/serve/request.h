#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace lprnet::serve {

using Clock = std::chrono::steady_clock;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string id;      // of a form that may stand in a header and in a log
  std::string method;  // "GET" also for HEAD, whose answer has no body
  std::string path;
  Fields query;  // decoded, in order
  std::string content_type;
  std::string authorization;
  std::string client;  // its address
  std::string body;
  Clock::time_point begun;     // when the header was there
  Clock::time_point accepted;  // when the body was there
};

struct Response {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  Fields headers;
  std::string error_kind;  // for the metrics and the log; empty: no error
};

// {"error": message, "kind": kind, "request_id": ...}
Response error_response(int status, const std::string& kind, const std::string& message,
                        const Request& request, Fields headers = {});

// An answer for which no memory is asked.
Response out_of_memory() noexcept;

}  // namespace lprnet::serve
