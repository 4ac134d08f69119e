#include "serve_command.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "http_server.h"
#include "limit_arguments.h"
#include "listener.h"
#include "log.h"
#include "lprnet/error.hpp"
#include "lprnet/version.hpp"
#include "options.h"
#include "photo_arguments.h"
#include "service.h"
#include "stop_signals.h"
#include "token.h"

namespace lprnet::serve {
namespace {

constexpr double kTick = 0.2;  // seconds between looks at the connections

struct Arguments {
  cli::PhotoArguments photo;
  ServeOptions serve;
};

Models load(const Arguments& arguments) {
  cli::PhotoModels models = cli::load_models(arguments.photo);
  return {std::move(models.detector), std::move(models.reader),
          cli::photo_options(arguments.photo)};
}

// As many descriptors as connections, if the system lets us.
void raise_descriptor_limit(int connections) {
  constexpr rlim_t kOthers = 64;
  const rlim_t wanted = static_cast<rlim_t>(connections) + kOthers;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void reload(const Arguments& arguments, Service& service, Log& log) {
  std::string error;
  try {
    service.replace(load(arguments));
  } catch (const Error& what) {
    error = what.what();
  } catch (const std::bad_alloc&) {
    error = "not enough memory";
  }
  const bool reopened = log.reopen();
  service.count_reload(error.empty());
  if (error.empty()) {
    log.event("reloaded");
  } else {
    log.event("reload_failed", {{"error", error}});
  }
  if (!reopened) log.event("access_log_failed");
}

// Finishes what is accepted. A second signal, or the end of its time, makes it hurry.
void finish(const ServeOptions& options, const cli::StopSignals& signals, HttpServer& server,
            Service& service) {
  const Clock::time_point end =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.drain_seconds));
  constexpr double kShortTick = 0.01;
  while (server.active() > 0 && Clock::now() < end) {
    const int signal = signals.wait(kShortTick);
    if (signal == SIGTERM || signal == SIGINT) break;
    server.cut_slow();
  }
  service.hurry();
  while (server.working() > 0) signals.wait(kShortTick);
  // What they were answered is on its way, to who takes it.
  const Clock::time_point sent = Clock::now() + std::chrono::seconds(1);
  while (server.undelivered() > 0 && Clock::now() < sent) signals.wait(kShortTick);
}

int serve(const Arguments& arguments) {
  const cli::StopSignals signals;
  const ServeOptions& options = arguments.serve;
  Token token = Token::load(options.token_file);
  const bool has_token = token.is_wanted();
  Log log(options.access_log);
  raise_descriptor_limit(options.max_connections);
  Service service(options, std::move(token), load(arguments), log);
  const Listener listener = listen_on(options.address, options.port);
  {
    HttpServer server(listener, options, service);
    log.event("listening", {{"url", listener.url}, {"version", LPRNET_VERSION_STRING}});
    if (!listener.is_local && !has_token) {
      log.event("warning", {{"warning", "other machines can use this service without a token"}});
    }
    while (true) {
      const int signal = signals.wait(kTick);
      if (signal == SIGHUP) reload(arguments, service, log);
      if (signal == SIGTERM || signal == SIGINT) break;
      server.cut_slow();
    }
    service.drain();
    server.drain();
    log.event("stopping");
    finish(options, signals, server, service);
  }
  log.event("stopped");
  return cli::kAllDone;
}

void declare(cli::Arguments& arguments, ServeOptions* serve) {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;
  constexpr double kLongest = 86400;
  arguments.text("--address", "IP", &serve->address,
                 "Address to listen on; 127.0.0.1 is this machine alone, 0.0.0.0 every network");
  arguments.number("--port", "N", &serve->port, 0, 65535, "Port to listen on; 0: a free one");
  arguments.text("--token-file", "FILE", &serve->token_file,
                 "What clients must send as Authorization: Bearer; else $LPRNET_TOKEN, else none");
  arguments.text("--access-log", "FILE", &serve->access_log,
                 "Where a line of JSON for each request goes; else standard error");
  arguments.number("--workers", "N", &serve->workers, 0, 1024,
                   "Requests worked on at a time; 0: one for each core");
  arguments.heading("What the service may cost");
  arguments.number("--queue", "N", &serve->queue, 0, 65536,
                   "Requests that wait for a worker; one more is refused with 429");
  arguments.number("--max-connections", "N", &serve->max_connections, 1, 65536,
                   "Open connections; others wait to be accepted");
  arguments.number("--max-pictures", "N", &serve->max_pictures, 1, 4096, "Pictures of a request");
  arguments.number("--max-body-bytes", "N", &serve->max_body_bytes, std::int64_t{1}, kMostBytes,
                   "Bytes of a request's body");
  arguments.number("--max-waiting-bytes", "N", &serve->max_waiting_bytes, std::int64_t{1},
                   kMostBytes, "Bytes of all bodies together; more are refused with 429");
  arguments.number("--seconds", "S", &serve->seconds, 0.0, kLongest,
                   "From a request to the last picture that is begun for it, else 503 (30)");
  arguments.number("--idle-seconds", "S", &serve->idle_seconds, 0.1, kLongest,
                   "After which a silent connection is closed; a header has twice as long (10)");
  arguments.number("--receive-seconds", "S", &serve->receive_seconds, 0.1, kLongest,
                   "For a whole body, and for a whole answer (30)");
  arguments.number("--drain-seconds", "S", &serve->drain_seconds, 0.0, kLongest,
                   "For what is accepted when SIGTERM or SIGINT comes (30)");
  arguments.heading("Options");
}

}  // namespace

cli::Command serve_command() {
  return {"serve", "Read plates over HTTP, with a page to try it",
          "  lprnet serve\n"
          "  curl --data-binary @street.jpg http://127.0.0.1:8080/v1/read\n"
          "  lprnet serve --address 0.0.0.0 --port 80 --token-file /etc/lprnet/token",
          [](cli::Arguments& arguments) -> std::function<int()> {
            auto all = std::make_shared<Arguments>();
            constexpr std::int64_t kPixels = 50'000'000;
            all->serve.image.max_pixels = kPixels;
            declare(arguments, &all->serve);
            cli::declare_photo(arguments, &all->photo, "Texts to give for each plate");
            cli::declare_limits(arguments, &all->photo.limits);
            cli::declare_limits(arguments, &all->serve.image);
            return [all] { return serve(*all); };
          }};
}

}  // namespace lprnet::serve
