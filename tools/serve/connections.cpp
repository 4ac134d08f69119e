#include "connections.h"

#include <sys/socket.h>

namespace lprnet::serve {

Connections::Connection* Connections::add(int descriptor) {
  const std::lock_guard lock(mutex_);
  open_.push_front({descriptor, Phase::kIdle, Clock::now(), false, {}});
  open_.front().place = open_.begin();
  return &open_.front();
}

void Connections::remove(Connection* connection) {
  const std::lock_guard lock(mutex_);
  open_.erase(connection->place);
}

void Connections::enter(Connection* connection, Phase phase) {
  const std::lock_guard lock(mutex_);
  connection->phase = phase;
  connection->since = Clock::now();
}

bool Connections::was_cut(const Connection* connection) const {
  const std::lock_guard lock(mutex_);
  return connection->is_cut;
}

std::size_t Connections::cut_slow(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (Connection& connection : open_) {
    if (connection.is_cut || connection.phase == Phase::kWorking) continue;
    const auto allowed = connection.phase == Phase::kIdle ? idle_ : transfer_;
    if (now - connection.since <= allowed) continue;
    ::shutdown(connection.descriptor, SHUT_RDWR);
    connection.is_cut = true;
    ++count;
  }
  return count;
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

}  // namespace lprnet::serve
