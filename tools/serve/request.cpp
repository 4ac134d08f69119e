#include "request.h"

#include <utility>

#include "json_text.h"

namespace lprnet::serve {

Response error_response(int status, const std::string& kind, const std::string& message,
                        const Request& request, Fields headers) {
  const cli::Json json = {{"error", message}, {"kind", kind}, {"request_id", request.id}};
  Response response;
  response.status = status;
  response.body = cli::json_line(json) + "\n";
  response.headers = std::move(headers);
  response.error_kind = kind;
  return response;
}

Response out_of_memory() noexcept {
  Response response;
  response.status = 503;
  response.type = "text/plain";
  response.error_kind = "no_memory";
  return response;
}

}  // namespace lprnet::serve
