#pragma once

#include "recon/model/request.hpp"

#include <cstddef>
#include <string>

#include "error.hpp"
#include "wire.hpp"

namespace recon {

/// What a server may refuse, and recon can do without: the reply is then read leniently, or samples are asked
/// for one by one.
enum class RequestOption { none, reply_schema, several_samples };

/// A request that a server refused is tried once without each of its options: servers refuse them in any
/// words.
struct OptionTrial {
  RequestOption left_out = RequestOption::none;  ///< at the next attempt
  bool schema_tried = false;
  bool samples_tried = false;
  std::string why;  ///< what the server said to the option that is left out
};

/// One server of a model, and what it was found to support: the first request that wants something finds out
/// for all.
class OpenAiEndpoint {
 public:
  OpenAiEndpoint(std::string base_url, WireOptions options);

  [[nodiscard]] const std::string& base_url() const { return base_url_; }

  /// The address of a request: the base URL with `path` before its query.
  [[nodiscard]] std::string address(const std::string& path) const;

  /// What a request will use here.
  struct Use {
    bool several_samples = false;
    bool reply_schema = false;
    bool max_tokens = false;                       ///< under its older name
    RequestOption left_out = RequestOption::none;  ///< that it would use otherwise
  };
  [[nodiscard]] Use use_of(const Request& request, int samples,
                           RequestOption left_out = RequestOption::none) const;
  /// False while another request is finding out about something that this one wants as well.
  [[nodiscard]] bool is_known(const Use& use) const;
  [[nodiscard]] WireRequest wire(const Request& request, int samples, RequestOption left_out) const;
  /// A request that uses this goes out.
  void asking(const Use& use);
  /// It was answered, with as many choices. Returns a warning where the server ignored something, or refused
  /// what was left out (as it said in `why`), else nothing.
  [[nodiscard]] std::string answered(const Use& use, int wanted, std::size_t choices, const std::string& why);
  /// It ended without telling.
  void no_answer(const Use& use);
  /// True where the refusal names something that recon can do without or in another way, which is then done
  /// so from now on; `warning` says what.
  [[nodiscard]] bool falls_back(const Use& use, const ServerError& error, std::string& warning);
  /// True where a refused request is worth one more attempt without an option, which `trial` then names.
  [[nodiscard]] static bool tries_without(const Use& use, const ServerError& error, OptionTrial& trial);

 private:
  enum class Support { unknown, asking, yes, no };
  std::string base_url_;
  WireOptions options_;
  Support several_samples_ = Support::unknown;
  Support reply_schema_ = Support::unknown;
  [[nodiscard]] Support& support_of(RequestOption option);
  [[nodiscard]] std::string drop(RequestOption option, const std::string& why);
};

}  // namespace recon
