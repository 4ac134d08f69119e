#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "connections.h"
#include "listener.h"
#include "options.h"
#include "service.h"

struct MHD_Daemon;

namespace lprnet::serve {

// Carries requests to a service and its answers back, over libmicrohttpd: one thread moves all
// bytes, and a connection whose request waits for a worker is suspended meanwhile.
class HttpServer {
 public:
  // Takes the listener. `service` outlives the server. Throws Error(kIo).
  HttpServer(const Listener& listener, const ServeOptions& options, Service& service);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  ServerState state() const;
  // To be called a few times a second: ends the connections of clients that take too long.
  void cut_slow();

  // No new connections from here on, and each closes after its answer.
  void drain();
  // Requests whose header is there and whose answer is not delivered.
  std::size_t active() const { return active_; }
  // Those of them that wait for a worker's answer. The server can be destroyed when there are none.
  std::size_t working() const { return working_; }
  // Those that a worker answers or has answered.
  std::size_t undelivered() const { return undelivered_; }

 private:
  struct Exchange;
  friend struct Callbacks;

  void begin(Exchange& exchange);
  int receive(Exchange& exchange, const char* data, std::size_t size);
  int answer(Exchange& exchange);
  int send(Exchange& exchange);
  void forget_body(Exchange& exchange);
  void end(std::unique_ptr<Exchange> exchange, bool delivered, bool timed_out);

  const ServeOptions options_;
  Service& service_;
  Connections connections_;
  std::atomic<std::size_t> active_{0};
  std::atomic<std::size_t> working_{0};
  std::atomic<std::size_t> undelivered_{0};
  std::atomic<std::int64_t> waiting_bytes_{0};
  std::atomic<bool> drains_{false};
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace lprnet::serve
