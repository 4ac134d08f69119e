#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "job_queue.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "readers.h"
#include "request.h"
#include "token.h"

namespace lprnet::serve {

// What the server that carries the requests can say of itself.
struct ServerState {
  std::size_t connections = 0;
  std::size_t waiting_bytes = 0;
};

// The routes: what each request is answered. Every function may be called from any thread.
class Service {
 public:
  // `log` outlives the service.
  Service(const ServeOptions& options, Token token, Models models, Log& log);

  // Set once, before the first request.
  void set_server(std::function<ServerState()> state) { server_state_ = std::move(state); }

  // The refusal of a request whose header alone is there, if it is refused.
  std::optional<Response> refuse(const Request& request);
  // The answer to a request that takes no time; no value for those that wait for a worker.
  std::optional<Response> answer(const Request& request);
  // Calls `respond` once, in this call or later from another thread, or throws std::bad_alloc and
  // never does. REQUIRES: answer() gave none.
  void submit(const std::shared_ptr<const Request>& request,
              const std::function<void(Response)>& respond);

  // What became of a request: counts and logs it. `delivered`: the client has the whole answer.
  void finished(const Request& request, const Response& response, bool delivered);
  // Of a request without a response: its client has gone, or was too slow.
  void abandoned(const Request& request, const std::string& kind);
  // A connection that was cut, by kind.
  void count_error(const std::string& kind) { metrics_.add_error(kind); }

  // From the next request on. Throws as Readers; then nothing changes.
  void replace(Models models);
  void count_reload(bool succeeded) { metrics_.add_reload(succeeded); }
  // Not ready from here on: the program is about to end.
  void drain() { drains_ = true; }
  // What waits is refused from here on, what is worked on ends with its picture.
  void hurry() { hurries_ = true; }

 private:
  struct Route;
  static const std::vector<Route>& routes();
  static const Route* find(const Request& request);
  static std::string route_of(const Request& request);

  Response page(const Request& request);
  Response health(const Request& request);
  Response ready(const Request& request);
  Response version(const Request& request);
  Response open_api(const Request& request);
  Response metrics(const Request& request);

  std::shared_ptr<Readers> readers();
  Response work(const Request& request);
  Response read_all(Task task, const Request& request);
  // The refusal of a request that there is no time for.
  std::optional<Response> late(const Request& request) const;
  std::string retry_after() const;
  void log(const Request& request, const Response* response, const std::string& error);

  const ServeOptions options_;
  const Token token_;
  Log& log_;
  Metrics metrics_;
  std::function<ServerState()> server_state_;
  std::atomic<bool> drains_{false};
  std::atomic<bool> hurries_{false};
  std::atomic<double> seconds_per_job_{0.05};
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<Readers> readers_;
  JobQueue queue_;  // last: its threads use the others
};

}  // namespace lprnet::serve
