#pragma once

#include <utility>
#include <variant>

namespace recon {

/// Several functions as one, told apart by what they take.
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

/// Calls the function that takes what a variant holds. Every kind must be named: where a variant gets a new
/// one, the compiler lists all places that have to say something of it.
template <class Variant, class... Functions>
decltype(auto) match(Variant&& variant, Functions&&... functions) {
  return std::visit(Overloaded{std::forward<Functions>(functions)...}, std::forward<Variant>(variant));
}

}  // namespace recon
