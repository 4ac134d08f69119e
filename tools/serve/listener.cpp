#include "listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lprnet/error.hpp"

namespace lprnet::serve {
namespace {

constexpr int kBacklog = 1024;

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    in_addr v4{};
    std::memcpy(&v4, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, sizeof v4);
    return ntohl(v4.s_addr) >> 24U == 127;
  }
  in6_addr v6{};
  std::memcpy(&v6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Listener listen_on(const std::string& address, int port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "--address: '" + address +
                    "', expected a numeric address such as 127.0.0.1, 0.0.0.0 or ::1");
  }
  Listener listener;
  listener.is_local = is_loopback(found->ai_addr);
  listener.descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  const bool listens =
      listener.descriptor >= 0 &&
      ::setsockopt(listener.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(listener.descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
      ::listen(listener.descriptor, kBacklog) == 0 &&
      ::getsockname(listener.descriptor, reinterpret_cast<sockaddr*>(&bound), &size) == 0;
  const int error = errno;
  const bool is_v6 = found->ai_family == AF_INET6;
  ::freeaddrinfo(found);
  if (!listens) {
    if (listener.descriptor >= 0) ::close(listener.descriptor);
    throw Error(ErrorCode::kIo, address + " port " + std::to_string(port) +
                                    ": cannot be listened on: " + std::strerror(error));
  }
  char number[NI_MAXSERV];
  ::getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, nullptr, 0, number, sizeof number,
                NI_NUMERICSERV);
  listener.url = "http://" + (is_v6 ? '[' + address + ']' : address) + ':' + number;
  return listener;
}

}  // namespace lprnet::serve
