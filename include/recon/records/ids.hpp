#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace recon {

/// A string that identifies one kind of thing, so that a pair's id is never passed where a user's is asked
/// for.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it

 private:
  std::string value_;
};

using UserId = Id<struct UserIdTag>;
using SessionId = Id<struct SessionIdTag>;
using GroupId = Id<struct GroupIdTag>;
/// `user/session_id/turn`
using PairId = Id<struct PairIdTag>;

}  // namespace recon

template <class Tag>
struct std::hash<recon::Id<Tag>> {
  std::size_t operator()(const recon::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
