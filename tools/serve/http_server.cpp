#include "http_server.h"

#include <microhttpd.h>
#include <netdb.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "lprnet/error.hpp"

namespace lprnet::serve {
namespace {

// Of each connection: a header, and what is read of a body at a time.
constexpr std::size_t kConnectionBytes = std::size_t{32} << 10;
constexpr std::size_t kLongestId = 64;

std::string first_half_of_ids() {
  std::uint32_t number = 0;
  if (::getrandom(&number, sizeof number, 0) < 0) number = static_cast<std::uint32_t>(::getpid());
  char text[16];
  std::snprintf(text, sizeof text, "%08x", number);
  return text;
}

// A client's own, if it is harmless in a header and a log.
bool is_id(std::string_view text) {
  if (text.empty() || text.size() > kLongestId) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string new_id() {
  static const std::string first_half = first_half_of_ids();
  static std::atomic<std::uint64_t> count{0};
  char text[24];
  std::snprintf(text, sizeof text, "%08llx", static_cast<unsigned long long>(++count));
  return first_half + '-' + text;
}

std::string header_of(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

std::string address_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return "";
  const socklen_t size =
      info->client_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  char text[NI_MAXHOST] = "";
  ::getnameinfo(info->client_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

// How a request says where its body ends. Servers that disagree on it, one behind the other, can be
// made to see different requests.
struct Framing {
  int lengths = 0;
  int encodings = 0;
  std::string length;
  std::string encoding;

  explicit Framing(MHD_Connection* connection) {
    const auto look = [](void* context, MHD_ValueKind, const char* name,
                         const char* value) -> MHD_Result {
      auto& framing = *static_cast<Framing*>(context);
      if (::strcasecmp(name, "Content-Length") == 0) {
        ++framing.lengths;
        framing.length = value == nullptr ? "" : value;
      } else if (::strcasecmp(name, "Transfer-Encoding") == 0) {
        ++framing.encodings;
        framing.encoding = value == nullptr ? "" : value;
      }
      return MHD_YES;
    };
    MHD_get_connection_values(connection, MHD_HEADER_KIND, look, this);
  }

  bool is_clear() const {
    if (lengths + encodings > 1) return false;
    if (encodings == 1) return ::strcasecmp(encoding.c_str(), "chunked") == 0;
    return lengths == 0 || declared().has_value();
  }
  std::optional<std::uint64_t> declared() const {
    std::uint64_t bytes = 0;
    const char* const end = length.data() + length.size();
    const auto [at, error] = std::from_chars(length.data(), end, bytes);
    if (length.empty() || error != std::errc() || at != end) return std::nullopt;
    return bytes;
  }
};

}  // namespace

// A request on its way.
struct HttpServer::Exchange {
  MHD_Connection* connection = nullptr;
  Connections::Connection* place = nullptr;
  std::shared_ptr<Request> request = std::make_shared<Request>();
  std::string body;
  std::uint64_t declared_bytes = 0;
  bool is_refused = false;       // `response` says how; a body is dropped
  bool answers_at_once = false;  // before the body is there, and closes
  bool is_answered = false;      // or waits for a worker
  std::optional<Response> response;
};

// libmicrohttpd calls these, from its thread. No exception may pass through it.
struct Callbacks {
  static MHD_Result take_query(void* context, MHD_ValueKind, const char* name, const char* value) {
    try {
      static_cast<Request*>(context)->query.emplace_back(name, value == nullptr ? "" : value);
    } catch (const std::bad_alloc&) {
      return MHD_NO;
    }
    return MHD_YES;
  }

  static MHD_Result handle(void* context, MHD_Connection* connection, const char* url,
                           const char* method, const char*, const char* data, std::size_t* size,
                           void** state) {
    auto& server = *static_cast<HttpServer*>(context);
    auto* exchange = static_cast<HttpServer::Exchange*>(*state);
    try {
      if (exchange == nullptr) {
        auto made = std::make_unique<HttpServer::Exchange>();
        made->connection = connection;
        made->place = static_cast<Connections::Connection*>(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
                ->socket_context);
        made->request->path = url;
        made->request->method = std::strcmp(method, "HEAD") == 0 ? "GET" : method;
        ++server.active_;
        exchange = made.release();
        *state = exchange;  // completed() frees it
        server.begin(*exchange);
        if (exchange->answers_at_once) return static_cast<MHD_Result>(server.send(*exchange));
        return MHD_YES;
      }
      if (*size > 0) {
        const std::size_t received = *size;
        *size = 0;
        return static_cast<MHD_Result>(server.receive(*exchange, data, received));
      }
      return static_cast<MHD_Result>(server.answer(*exchange));
    } catch (const std::exception&) {
      return MHD_NO;  // closes the connection
    }
  }

  static void completed(void* context, MHD_Connection*, void** state,
                        MHD_RequestTerminationCode code) {
    std::unique_ptr<HttpServer::Exchange> exchange(static_cast<HttpServer::Exchange*>(*state));
    *state = nullptr;
    if (exchange == nullptr) return;
    static_cast<HttpServer*>(context)->end(std::move(exchange),
                                           code == MHD_REQUEST_TERMINATED_COMPLETED_OK,
                                           code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED);
  }

  static void connection_changed(void* context, MHD_Connection* connection, void** place,
                                 MHD_ConnectionNotificationCode code) {
    auto& server = *static_cast<HttpServer*>(context);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      const MHD_ConnectionInfo* info =
          MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      *place = server.connections_.add(info->connect_fd);
    } else {
      server.connections_.remove(static_cast<Connections::Connection*>(*place));
    }
  }
};

HttpServer::HttpServer(const Listener& listener, const ServeOptions& options, Service& service)
    : options_(options),
      service_(service),
      // The library ends silent connections; a header may take as long again.
      connections_(std::chrono::duration<double>(2 * options.idle_seconds),
                   std::chrono::duration<double>(options.receive_seconds)) {
  service_.set_server([this] { return state(); });
  daemon_ = MHD_start_daemon(
      MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
      &Callbacks::handle, this, MHD_OPTION_LISTEN_SOCKET, listener.descriptor,
      MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::completed, this, MHD_OPTION_NOTIFY_CONNECTION,
      &Callbacks::connection_changed, this, MHD_OPTION_CONNECTION_LIMIT,
      static_cast<unsigned>(options.max_connections), MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(std::ceil(options.idle_seconds)), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kConnectionBytes, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (daemon_ == nullptr) {
    ::close(listener.descriptor);
    throw Error(ErrorCode::kIo, "the HTTP server cannot start: no threads or no memory");
  }
}

HttpServer::~HttpServer() { MHD_stop_daemon(daemon_); }

ServerState HttpServer::state() const {
  return {connections_.count(),
          static_cast<std::size_t>(std::max<std::int64_t>(waiting_bytes_, 0))};
}

void HttpServer::cut_slow() {
  const std::size_t count = connections_.cut_slow(Clock::now());
  for (std::size_t i = 0; i < count; ++i) service_.count_error("too_slow");
}

void HttpServer::drain() {
  drains_ = true;
  const MHD_socket listener = MHD_quiesce_daemon(daemon_);
  if (listener != MHD_INVALID_SOCKET) ::close(listener);
}

void HttpServer::begin(Exchange& exchange) {
  Request& request = *exchange.request;
  request.begun = Clock::now();
  const std::string id = header_of(exchange.connection, "X-Request-Id");
  request.id = is_id(id) ? id : new_id();
  request.content_type = header_of(exchange.connection, "Content-Type");
  request.authorization = header_of(exchange.connection, "Authorization");
  request.client = address_of(exchange.connection);
  MHD_get_connection_values(exchange.connection, MHD_GET_ARGUMENT_KIND, &Callbacks::take_query,
                            &request);
  connections_.enter(exchange.place, Connections::Phase::kReceiving);

  const Framing framing(exchange.connection);
  if (!framing.is_clear()) {
    exchange.response = error_response(
        400, "bad_framing",
        "expected one Content-Length, or Transfer-Encoding: chunked, and not both", request);
    exchange.answers_at_once = true;
  } else if (framing.lengths == 1) {
    exchange.declared_bytes = *framing.declared();
  }
  if (!exchange.response) exchange.response = service_.refuse(request);
  if (!exchange.response &&
      exchange.declared_bytes > static_cast<std::uint64_t>(options_.max_body_bytes)) {
    exchange.response = error_response(413, "body_too_large",
                                       "a body of " + framing.length + " bytes, at most " +
                                           std::to_string(options_.max_body_bytes) + " are allowed",
                                       request);
    exchange.answers_at_once = true;
  }
  exchange.is_refused = exchange.response.has_value();
  // Who waits with the body is told at once. Others send it first, and would not see an answer that
  // comes before they are done.
  if (exchange.is_refused && !header_of(exchange.connection, "Expect").empty()) {
    exchange.answers_at_once = true;
  }
}

int HttpServer::receive(Exchange& exchange, const char* data, std::size_t size) {
  if (exchange.is_refused) return MHD_YES;
  const auto refuse = [&](int status, const char* kind, const std::string& error, Fields headers) {
    forget_body(exchange);
    exchange.response = error_response(status, kind, error, *exchange.request, std::move(headers));
    exchange.is_refused = true;
    return MHD_YES;
  };
  if (exchange.body.size() + size > static_cast<std::size_t>(options_.max_body_bytes)) {
    return refuse(413, "body_too_large",
                  "a body of more than " + std::to_string(options_.max_body_bytes) + " bytes", {});
  }
  const auto bytes = static_cast<std::int64_t>(size);
  if (waiting_bytes_.fetch_add(bytes) + bytes > options_.max_waiting_bytes) {
    waiting_bytes_ -= bytes;
    return refuse(429, "memory_full", "too many bodies wait; try again later",
                  {{"Retry-After", "1"}});
  }
  if (exchange.body.empty()) exchange.body.reserve(exchange.declared_bytes);
  exchange.body.append(data, size);
  return MHD_YES;
}

int HttpServer::answer(Exchange& exchange) {
  if (exchange.response) return send(exchange);
  if (exchange.is_answered) return MHD_YES;
  Request& request = *exchange.request;
  request.body.swap(exchange.body);
  request.accepted = Clock::now();
  exchange.response = service_.answer(request);
  if (exchange.response) return send(exchange);

  exchange.is_answered = true;
  connections_.enter(exchange.place, Connections::Phase::kWorking);
  ++working_;
  ++undelivered_;
  MHD_suspend_connection(exchange.connection);
  const auto respond = [this, &exchange](Response response) {
    exchange.response = std::move(response);
    MHD_resume_connection(exchange.connection);
    --working_;
  };
  try {
    service_.submit(exchange.request, respond);
  } catch (const std::bad_alloc&) {
    respond(out_of_memory());
  }
  return MHD_YES;
}

int HttpServer::send(Exchange& exchange) {
  const Response& response = *exchange.response;
  MHD_Response* sent = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (sent == nullptr) return MHD_NO;
  const auto add = [&](const char* name, const std::string& value) {
    MHD_add_response_header(sent, name, value.c_str());
  };
  add("Content-Type", response.type);
  add("X-Request-Id", exchange.request->id);
  add("X-Content-Type-Options", "nosniff");
  add("Cache-Control", "no-store");
  if (drains_ || exchange.answers_at_once) add("Connection", "close");
  for (const auto& [name, value] : response.headers) add(name.c_str(), value);
  connections_.enter(exchange.place, Connections::Phase::kSending);
  const MHD_Result queued =
      MHD_queue_response(exchange.connection, static_cast<unsigned>(response.status), sent);
  MHD_destroy_response(sent);
  return queued;
}

void HttpServer::forget_body(Exchange& exchange) {
  waiting_bytes_ -= static_cast<std::int64_t>(exchange.body.size() + exchange.request->body.size());
  std::string().swap(exchange.body);
}

void HttpServer::end(std::unique_ptr<Exchange> exchange, bool delivered, bool timed_out) {
  try {
    if (exchange->response) {
      service_.finished(*exchange->request, *exchange->response, delivered);
    } else {
      const bool is_slow = timed_out || connections_.was_cut(exchange->place);
      service_.abandoned(*exchange->request, is_slow ? "too_slow" : "client_gone");
    }
  } catch (const std::bad_alloc&) {
    // A line of the log is missing.
  }
  connections_.enter(exchange->place, Connections::Phase::kIdle);
  forget_body(*exchange);
  if (exchange->is_answered) --undelivered_;
  --active_;
}

}  // namespace lprnet::serve
