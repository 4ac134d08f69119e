#include "service.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string_view>
#include <utility>

#include "embedded.h"
#include "heat_map.h"
#include "lprnet/error.hpp"
#include "lprnet/version.hpp"
#include "pictures.h"
#include "results_json.h"

namespace lprnet::serve {
namespace {

using cli::Json;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Response json_response(const Json& json) {
  Response response;
  response.body = cli::json_line(json) + "\n";
  return response;
}

std::string nonce() {
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) return "";
  std::string text;
  for (const unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string replaced(std::string_view text, std::string_view word, std::string_view by) {
  std::string result;
  std::size_t at = 0;
  while (true) {
    const std::size_t found = text.find(word, at);
    result += text.substr(at, found - at);
    if (found == std::string_view::npos) return result;
    result += by;
    at = found + word.size();
  }
}

// Why a picture could not be read.
struct Failure {
  std::string error;
  int status = 0;  // of an answer about this picture alone
  const char* kind = "";
};

Failure failure_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kLimit:
      return {error.what(), 413, "picture_too_large"};
    case ErrorCode::kInvalidArgument:
      return {error.what(), 400, "bad_option"};
    default:
      return {error.what(), 422, "bad_picture"};
  }
}

// Calls `read`, and says what went wrong.
Failure attempt(const std::string& name, const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    return failure_of(error);
  } catch (const std::bad_alloc&) {
    return {name + ": not enough memory for this picture", 503, "no_memory"};
  }
  return {};
}

Image decode(const Picture& picture, const ImageOptions& options) {
  return Image::decode(reinterpret_cast<const std::uint8_t*>(picture.bytes.data()),
                       picture.bytes.size(), picture.name, options);
}

double milliseconds_since(Clock::time_point begin) { return 1000 * seconds_since(begin); }

}  // namespace

struct Service::Route {
  const char* path;
  const char* method;
  bool wants_token;
  Response (Service::*answer)(const Request&);  // null: a worker's
};

const std::vector<Service::Route>& Service::routes() {
  static const std::vector<Route> all = {
      {"/", "GET", false, &Service::page},
      {"/health", "GET", false, &Service::health},
      {"/ready", "GET", false, &Service::ready},
      {"/version", "GET", false, &Service::version},
      {"/openapi.json", "GET", false, &Service::open_api},
      {"/metrics", "GET", true, &Service::metrics},
      {"/v1/read", "POST", true, nullptr},
      {"/v1/recognize", "POST", true, nullptr},
  };
  return all;
}

const Service::Route* Service::find(const Request& request) {
  for (const Route& route : routes()) {
    if (request.path == route.path) return &route;
  }
  return nullptr;
}

std::string Service::route_of(const Request& request) {
  const Route* const route = find(request);
  return route == nullptr ? "other" : route->path;
}

Service::Service(const ServeOptions& options, Token token, Models models, Log& log)
    : options_(options),
      token_(std::move(token)),
      log_(log),
      readers_(std::make_shared<Readers>(std::move(models))),
      queue_(options.workers > 0 ? static_cast<std::size_t>(options.workers)
                                 : std::max(1U, std::thread::hardware_concurrency()),
             static_cast<std::size_t>(options.queue)) {}

std::optional<Response> Service::refuse(const Request& request) {
  const Route* const route = find(request);
  if (route == nullptr) {
    return error_response(404, "not_found", "there is no " + request.path + "; see /openapi.json",
                          request);
  }
  if (request.method != route->method) {
    const std::string allowed = route->answer == nullptr ? "POST" : "GET, HEAD";
    return error_response(405, "bad_method",
                          std::string(route->path) + " answers " + allowed + " alone", request,
                          {{"Allow", allowed}});
  }
  if (route->wants_token && token_.is_wanted() && !token_.is_in(request.authorization)) {
    return error_response(401, "no_token", "expected the header Authorization: Bearer TOKEN",
                          request, {{"WWW-Authenticate", "Bearer"}});
  }
  if (route->answer != nullptr) {
    if (request.query.empty()) return std::nullopt;
    return error_response(400, "bad_option", std::string(route->path) + " takes no options",
                          request);
  }
  const Task task = request.path == "/v1/read" ? Task::kRead : Task::kRecognize;
  const std::string error =
      reading_options(task, request.query, readers()->models().defaults).error;
  if (!error.empty()) return error_response(400, "bad_option", error, request);
  return std::nullopt;
}

std::optional<Response> Service::answer(const Request& request) {
  const Route* const route = find(request);
  if (route == nullptr || route->answer == nullptr) return std::nullopt;
  return (this->*route->answer)(request);
}

Response Service::page(const Request&) {
  const std::string once = nonce();
  Response response;
  response.type = "text/html; charset=utf-8";
  response.body = replaced(kPageHtml, "NONCE", once);
  response.headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'nonce-" + once + "'; style-src 'nonce-" + once +
           "'; img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'"},
      {"Referrer-Policy", "no-referrer"},
  };
  return response;
}

Response Service::health(const Request&) { return json_response({{"status", "ok"}}); }

Response Service::ready(const Request& request) {
  if (!drains_) return json_response({{"status", "ready"}});
  return error_response(503, "stopping", "the service is about to end", request);
}

Response Service::version(const Request&) {
  const std::shared_ptr<Readers> now = readers();
  return json_response({{"version", LPRNET_VERSION_STRING},
                        {"isa", now->models().reader->isa()},
                        {"reader", now->models().reader->description().name},
                        {"detector", now->models().detector->description().name}});
}

Response Service::open_api(const Request&) {
  Response response;
  response.body = replaced(kOpenApiJson, "LPRNET_VERSION", LPRNET_VERSION_STRING);
  return response;
}

Response Service::metrics(const Request&) {
  const ServerState server = server_state_ ? server_state_() : ServerState{};
  const auto wide = [](std::size_t value) { return static_cast<double>(value); };
  Response response;
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics_.text(
      {{"lprnet_queue_depth", "Requests that wait for a worker.", wide(queue_.waiting())},
       {"lprnet_queue_limit", "Requests that may wait.", wide(queue_.limit())},
       {"lprnet_workers", "Workers.", wide(queue_.workers())},
       {"lprnet_workers_busy", "Workers that read a picture.", wide(queue_.busy())},
       {"lprnet_connections", "Open connections.", wide(server.connections)},
       {"lprnet_waiting_bytes", "Bytes of bodies in memory.", wide(server.waiting_bytes)}},
      LPRNET_VERSION_STRING, readers()->models().reader->isa());
  return response;
}

std::shared_ptr<Readers> Service::readers() {
  const std::lock_guard lock(mutex_);
  return readers_;
}

void Service::replace(Models models) {
  auto loaded = std::make_shared<Readers>(std::move(models));
  const std::lock_guard lock(mutex_);
  readers_.swap(loaded);
}

std::string Service::retry_after() const {
  const double waiting = static_cast<double>(queue_.waiting() + 1);
  const double seconds = waiting * seconds_per_job_ / static_cast<double>(queue_.workers());
  return std::to_string(static_cast<int>(std::clamp(std::ceil(seconds), 1.0, 60.0)));
}

void Service::submit(const std::shared_ptr<const Request>& request,
                     const std::function<void(Response)>& respond) {
  const bool taken = queue_.push([this, request, respond] {
    Response response = out_of_memory();
    try {
      response = work(*request);
    } catch (const std::bad_alloc&) {
      // Not even for an answer that says so.
    }
    respond(std::move(response));
  });
  if (taken) return;
  respond(error_response(429, "queue_full", "too many requests wait; try again later", *request,
                         {{"Retry-After", retry_after()}}));
}

Response Service::work(const Request& request) {
  const Clock::time_point begin = Clock::now();
  const Task task = request.path == "/v1/read" ? Task::kRead : Task::kRecognize;
  try {
    Response response = read_all(task, request);
    seconds_per_job_ = 0.9 * seconds_per_job_ + 0.1 * seconds_since(begin);
    return response;
  } catch (const Error& error) {
    const Failure failure = failure_of(error);
    return error_response(failure.status, failure.kind, failure.error, request);
  } catch (const std::bad_alloc&) {
    return error_response(503, "no_memory", "not enough memory for this request", request,
                          {{"Retry-After", "1"}});
  } catch (const std::exception& error) {
    return error_response(500, "internal", error.what(), request);
  }
}

std::optional<Response> Service::late(const Request& request) const {
  if (hurries_) {
    return error_response(503, "stopping", "the service is about to end", request,
                          {{"Retry-After", "1"}});
  }
  if (seconds_since(request.accepted) <= options_.seconds) return std::nullopt;
  return error_response(503, "deadline", "there was no time for the request's pictures", request,
                        {{"Retry-After", retry_after()}});
}

Response Service::read_all(Task task, const Request& request) {
  if (auto refusal = late(request)) return *std::move(refusal);
  // These models do all pictures of the request, whatever is loaded meanwhile.
  const std::shared_ptr<Readers> now = readers();
  const ReadingOptions options = reading_options(task, request.query, now->models().defaults);
  if (!options.error.empty()) return error_response(400, "bad_option", options.error, request);
  const Pictures pictures = pictures_of(request.body, request.content_type, options.name,
                                        static_cast<std::size_t>(options_.max_pictures));
  if (!pictures.error.empty()) {
    return error_response(pictures.status, pictures.kind, pictures.error, request);
  }
  const auto photo_reader = task == Task::kRead ? now->photo_reader(options) : nullptr;
  const auto recognizer = task == Task::kRecognize ? now->recognizer(options) : nullptr;

  Json answers = Json::array();
  for (const Picture& picture : pictures.pictures) {
    if (auto refusal = late(request)) return *std::move(refusal);
    Json answer;
    const Failure failure = attempt(picture.name, [&] {
      const Clock::time_point begin = Clock::now();
      const Image image = decode(picture, options_.image);
      if (task == Task::kRead) {
        cli::PhotoResult result;
        result.file = picture.name;
        result.plates = photo_reader->read(image);
        result.milliseconds = milliseconds_since(begin);
        result.width = image.width();
        result.height = image.height();
        for (const FoundPlate& found : result.plates) {
          metrics_.add_plate(static_cast<double>(found.plate.confidence));
        }
        answer = cli::to_json(result);
      } else {
        cli::Reading reading;
        reading.file = picture.name;
        reading.plate = recognizer->recognize(image);
        reading.milliseconds = milliseconds_since(begin);
        metrics_.add_plate(static_cast<double>(reading.plate.confidence));
        answer = cli::to_json(reading, options.min_confidence);
        if (options.probabilities) {
          answer["probabilities"] = heat_map(now->models().reader, options.photo.decoding, image);
        }
      }
      metrics_.add_picture();
    });
    if (failure.error.empty()) {
      answers.push_back(std::move(answer));
    } else if (pictures.is_list) {
      metrics_.add_error(failure.kind);
      answers.push_back({{"file", picture.name}, {"error", failure.error}});
    } else {
      return error_response(failure.status, failure.kind, failure.error, request);
    }
  }
  return json_response(pictures.is_list ? answers : answers.front());
}

void Service::log(const Request& request, const Response* response, const std::string& error) {
  Json json = {{"request_id", request.id},
               {"client", request.client},
               {"method", request.method},
               {"path", request.path},
               {"status", response == nullptr ? Json() : Json(response->status)},
               {"bytes_in", request.body.size()},
               {"bytes_out", response == nullptr ? 0 : response->body.size()},
               {"seconds", cli::rounded(seconds_since(request.begun), 4)}};
  if (!error.empty()) json["error"] = error;
  log_.access(json);
}

void Service::finished(const Request& request, const Response& response, bool delivered) {
  metrics_.add_request(route_of(request), response.status, seconds_since(request.begun));
  const std::string error = delivered ? response.error_kind : "client_gone";
  if (!error.empty()) metrics_.add_error(error);
  log(request, &response, error);
}

void Service::abandoned(const Request& request, const std::string& kind) {
  metrics_.add_error(kind);
  log(request, nullptr, kind);
}

}  // namespace lprnet::serve
