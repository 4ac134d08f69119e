#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>

#include "request.h"

namespace lprnet::serve {

// The open connections and since when each does what it does. The HTTP library ends those on which
// nothing comes; who sends a byte now and then is ended here. Every function may be called from any
// thread.
class Connections {
 public:
  enum class Phase {
    kIdle,       // between requests, or in a header
    kReceiving,  // in a body
    kWorking,    // the answer is not there yet
    kSending,
  };
  struct Connection;

  // How long a connection may be idle, a header included, and receive or send.
  Connections(std::chrono::duration<double> idle, std::chrono::duration<double> transfer)
      : idle_(idle), transfer_(transfer) {}

  // `descriptor` stays open until remove().
  Connection* add(int descriptor);
  void remove(Connection* connection);
  void enter(Connection* connection, Phase phase);
  bool was_cut(const Connection* connection) const;
  // Shuts those down that take too long; the server sees their end. Returns how many.
  std::size_t cut_slow(Clock::time_point now);
  std::size_t count() const;

 private:
  const std::chrono::duration<double> idle_;
  const std::chrono::duration<double> transfer_;
  mutable std::mutex mutex_;  // guards what follows
  std::list<Connection> open_;
};

struct Connections::Connection {
  int descriptor;
  Phase phase;
  Clock::time_point since;
  bool is_cut;
  std::list<Connection>::iterator place;
};

}  // namespace lprnet::serve
