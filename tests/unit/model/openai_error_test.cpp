// Limits, keys and accounts: what servers of many families say, and what that means.

#include "openai_error_fixture.hpp"

namespace recon::support {
namespace {

using Cause = ServerError::Cause;
using std::chrono::milliseconds;

class LimitOfAServer : public ErrorOfAServer {};

TEST_P(LimitOfAServer, IsReadByItsStructure) { expect_read(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Keys, LimitOfAServer,
    testing::Values(
        Said{
            "OpenAi", 401,
            R"~({"error":{"message":"Incorrect API key provided: sk-x. You can find your API key at https://x.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})~",
            Cause::key, "HTTP 401 invalid_api_key: Incorrect API key provided"},
        Said{
            "GeminiInA400", 400,
            R"~([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}}]}}])~",
            Cause::key, "HTTP 400 API_KEY_INVALID: API key not valid. Please pass a valid API key."},
        Said{
            "GeminiExpired", 400,
            R"~({"error":{"code":400,"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT"}})~",
            Cause::key, "HTTP 400 INVALID_ARGUMENT: API key expired"},
        Said{
            "GeminiUnregistered", 403,
            R"~({"error":{"code":403,"message":"Method doesn't allow unregistered callers (callers without established identity).","status":"PERMISSION_DENIED"}})~",
            Cause::forbidden, "HTTP 403 PERMISSION_DENIED: Method doesn't allow"},
        Said{
            "AzureWrongKey", 401,
            R"~({"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}})~",
            Cause::key, "HTTP 401: Access denied due to invalid subscription key"},
        Said{
            "AzureOldForm", 401,
            R"~({ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect, or have expired." })~",
            Cause::key, "HTTP 401: Unauthorized. Access token"},
        Said{
            "AnthropicStyle", 401,
            R"~({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_1"})~",
            Cause::key, "HTTP 401 authentication_error: invalid x-api-key"},
        Said{"OpenRouter", 401, R"~({"error":{"message":"No auth credentials found","code":401}})~",
             Cause::key, "HTTP 401: No auth credentials found"},
        Said{"Mistral", 401, R"~({"detail":"Unauthorized"})~", Cause::key, "HTTP 401: Unauthorized"},
        Said{
            "DeepSeek", 401,
            R"~({"error":{"message":"Authentication Fails (no such user)","type":"authentication_error","param":null,"code":"invalid_request_error"}})~",
            Cause::key, "HTTP 401 authentication_error: Authentication Fails"},
        Said{"LlamaCpp", 401,
             R"~({"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}})~",
             Cause::key, "Invalid API Key"},
        Said{"VllmPlain", 401, R"~({"error":"Unauthorized"})~", Cause::key, "HTTP 401 Unauthorized"},
        Said{
            "LitellmInA400", 400,
            R"~({"error":{"message":"Authentication Error, Invalid proxy server token passed. key=abc not found in db","type":"auth_error","param":"None","code":"400"}})~",
            Cause::key, "HTTP 400 auth_error: Authentication Error"},
        Said{
            "LitellmInA500", 500,
            R"~({"error":{"message":"litellm.AuthenticationError: AuthenticationError: OpenAIException - Error code: 401 - {'error': {'message': \"Incorrect API key provided: 'x'\", 'type': 'invalid_request_error', 'code': 'invalid_api_key'}}","type":null,"param":null,"code":"401"}})~",
            Cause::key, "HTTP 500 invalid_api_key: Incorrect API key provided: 'x'"},
        Said{"InA200", 200, R"~({"error":{"code":401,"message":"User not found."}})~", Cause::key,
             "HTTP 200 with error 401: User not found."},
        Said{"OAuthInA400", 400, R"~({"error":"invalid_token","error_description":"The token has expired"})~",
             Cause::key, "HTTP 400 invalid_token: The token has expired"},
        Said{
            "Forbidden", 403,
            R"~({"error":{"message":"You are not allowed to sample from this model","type":"invalid_request_error"}})~",
            Cause::forbidden, "You are not allowed"},
        Said{
            "Country", 403,
            R"~({"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}})~",
            Cause::forbidden, "Country, region"},
        Said{"EmptyBody", 401, "", Cause::key, "HTTP 401"},
        Said{"NginxPage", 401,
             "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body><center><h1>401 "
             "Authorization Required</h1></center></body></html>",
             Cause::key, "HTTP 401: 401 Authorization Required"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(Limits, LimitOfAServer,
                         testing::Values(Said{"OpenAi", 429,
                                              R"({"error":{"message":"Rate limit reached for model-x in organization org-1 on tokens per min (TPM): Limit 30000, Used 29500, Requested 900. Please try again in 800ms. Visit https://x to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
                                              Cause::rate, "HTTP 429 rate_limit_exceeded: Rate limit reached",
                                              milliseconds(800)},
                                         Said{
                                             "OpenAiMaxTokensTrap", 429,
                                             R"({"error":{"message":"Rate limit reached on tokens per min. Limit: 10000 / min. Reduce max_tokens, the prompt is too long for your tier. Please try again in 6s.","code":"rate_limit_exceeded"}})",
                                             Cause::rate, "Rate limit reached", milliseconds(6000)},
                                         Said{
                                             "OpenAiMinutes", 429,
                                             R"({"error":{"message":"Rate limit reached. Please try again in 1m30.5s.","code":"rate_limit_exceeded"}})",
                                             Cause::rate, "Rate limit reached", milliseconds(90'500)},
                                         Said{
                                             "Azure", 429,
                                             R"({"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current pricing tier. Please retry after 26 seconds."}})",
                                             Cause::rate, "HTTP 429: Requests to", milliseconds(26'000)},
                                         Said{
                                             "GeminiMinute", 429,
                                             R"([{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: x/generate_content_requests, limit: 15\nPlease retry in 12.3s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"x/generate_content_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaValue":"15"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12.5s"}]}}])",
                                             Cause::rate, "HTTP 429 RESOURCE_EXHAUSTED: You exceeded",
                                             milliseconds(12'500)},
                                         Said{
                                             "GeminiDelayAsObject", 429,
                                             R"([{"error":{"code":429,"message":"Quota exceeded for requests per minute.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{"seconds":12,"nanos":500000000}}]}}])",
                                             Cause::rate, "Quota exceeded", milliseconds(12'500)},
                                         Said{
                                             "GeminiDay", 429,
                                             R"([{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 37s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"x/requests","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"37s"}]}}])",
                                             Cause::long_quota, "You exceeded your current quota",
                                             milliseconds(37'000)},
                                         Said{
                                             "GroqDay", 429,
                                             R"({"error":{"message":"Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 99862, Requested 750. Please try again in 8m48.8s. Need more tokens? Upgrade today at https://x/settings/billing","type":"tokens","code":"rate_limit_exceeded"}})",
                                             Cause::long_quota, "tokens per day", milliseconds(528'800)},
                                         Said{
                                             "GroqNeverPasses", 413,
                                             R"({"error":{"message":"Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9020, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}})",
                                             Cause::length,
                                             "HTTP 413 rate_limit_exceeded: Request too large"},
                                         Said{
                                             "OpenAiNeverPasses", 429,
                                             R"({"error":{"message":"Request too large for model-x in organization org-1 on tokens per min (TPM): Limit 30,000, Requested 48,120. The input or output tokens must be reduced in order to run successfully.","type":"tokens","code":"rate_limit_exceeded"}})",
                                             Cause::length, "Request too large"},
                                         Said{"OpenRouterIn200", 200, R"({"error":{"code":429,"message":"Rate limit exceeded: small-models-per-min","metadata":{"headers":{"X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1800000025000"},"provider_name":"Brookhost"}},"user_id":"u-7"})",
                                              Cause::rate,
                                              "HTTP 200 with error 429: Rate limit exceeded: "
                                              "small-models-per-min",
                                              milliseconds(25'000)},
                                         Said{
                                             "OpenRouterDay", 429,
                                             R"({"error":{"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day","code":429,"metadata":{"headers":{"X-RateLimit-Reset":"1800036000000"}}}})",
                                             Cause::long_quota, "free-models-per-day",
                                             milliseconds(36'000'000)},
                                         Said{
                                             "OpenRouterUpstream", 429,
                                             R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"message\":\"The upstream is busy, retry shortly.\",\"retry_after_ms\":1500}}","provider_name":"Brookhost"}}})",
                                             Cause::rate, "HTTP 429: The upstream is busy, retry shortly.",
                                             milliseconds(1500)},
                                         Said{
                                             "OpenRouterRawText", 429,
                                             R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m:free is temporarily rate-limited upstream. Please retry shortly."}}})",
                                             Cause::rate, "temporarily rate-limited upstream"},
                                         Said{"CodeAsText", 200,
                                              R"({"error":{"code":"429","message":"slow down"}})",
                                              Cause::rate, "HTTP 200 with error 429: slow down"},
                                         Said{"BareCode", 200,
                                              R"({"code":429,"message":"slow down","retry_after":12})",
                                              Cause::rate, "slow down", milliseconds(12'000)},
                                         Said{"WordsIn200", 200,
                                              R"({"error":"Rate limit exceeded, retry after 20 seconds"})",
                                              Cause::rate, "HTTP 200 with an error: Rate limit exceeded",
                                              milliseconds(20'000)},
                                         Said{
                                             "TypeIn200", 200,
                                             R"({"error":{"type":"rate_limit_error","message":"Too much."}})",
                                             Cause::rate,
                                             "HTTP 200 with error 429 rate_limit_error: Too much."},
                                         Said{
                                             "ListIn200", 200,
                                             R"([{"error":{"code":429,"message":"Too much.","status":"RESOURCE_EXHAUSTED"}}])",
                                             Cause::rate, "RESOURCE_EXHAUSTED: Too much."},
                                         Said{
                                             "Litellm", 429,
                                             R"({"error":{"message":"litellm.RateLimitError: RateLimitError: VertexAIException - b'{\\n  \"error\": {\\n    \"code\": 429,\\n    \"message\": \"Resource has been exhausted.\",\\n    \"status\": \"RESOURCE_EXHAUSTED\"\\n  }\\n}'","type":"throttling_error","param":null,"code":"429"}})",
                                             Cause::rate, "RESOURCE_EXHAUSTED: Resource has been exhausted."},
                                         Said{
                                             "AnthropicTrap", 429,
                                             R"({"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 40,000 input tokens per minute. Please reduce the prompt length or the maximum tokens requested, or try again later."}})",
                                             Cause::rate, "HTTP 429 rate_limit_error: This request"},
                                         Said{
                                             "Together", 429,
                                             R"({"id":"q1","error":{"message":"You have reached the rate limit specific to this model m. The maximum rate limit for this model is 6.0 queries per minute.","type":"model_rate_limit","param":null,"code":null}})",
                                             Cause::rate, "model_rate_limit: You have reached"},
                                         Said{
                                             "Mistral", 429,
                                             R"({"object":"error","message":"Requests rate limit exceeded","type":"rate_limited","param":null,"code":"1300"})",
                                             Cause::rate,
                                             "HTTP 429 rate_limited: Requests rate limit exceeded"},
                                         Said{
                                             "SecondaryLimitIn403", 403,
                                             R"({"message":"You have exceeded a secondary rate limit. Please wait 30 seconds."})",
                                             Cause::rate, "secondary rate limit", milliseconds(30'000)},
                                         Said{
                                             "GatewayIn500", 500,
                                             R"({"error":{"message":"upstream: too many requests","type":"upstream_error","code":429}})",
                                             Cause::rate,
                                             "HTTP 500 upstream_error: upstream: too many requests"},
                                         Said{"Tgi", 429,
                                              R"({"error":"Model is overloaded","error_type":"overloaded"})",
                                              Cause::rate, "HTTP 429 overloaded: Model is overloaded"},
                                         Said{"CloudflarePage", 429,
                                              "<!DOCTYPE html><html><head><title>Access denied | api.example "
                                              "used Cloudflare to restrict "
                                              "access</title></head><body>x</body></html>",
                                              Cause::rate, "Access denied | api.example used Cloudflare"},
                                         Said{"EmptyObject", 429, "{}", Cause::rate, "HTTP 429"}),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    Accounts, LimitOfAServer,
    testing::Values(
        Said{
            "OpenAi", 429,
            R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
            Cause::account, "HTTP 429 insufficient_quota: You exceeded"},
        Said{
            "OpenAiWithoutCode", 429,
            R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details."}})",
            Cause::account, "You exceeded"},
        Said{
            "NotActive", 429,
            R"({"error":{"message":"Your account is not active, please check your billing details on our website.","type":"billing_not_active","code":"billing_not_active"}})",
            Cause::account, "billing_not_active"},
        Said{
            "AnthropicIn400", 400,
            R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}})",
            Cause::account, "Your credit balance is too low"},
        Said{
            "DeepSeek", 402,
            R"({"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}})",
            Cause::account, "Insufficient Balance"},
        Said{
            "OpenRouter", 402,
            R"({"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 312.","code":402}})",
            Cause::account, "requires more credits"},
        Said{"OpenRouterIn200", 200, R"({"error":{"code":402,"message":"Insufficient credits"}})",
             Cause::account, "HTTP 200 with error 402: Insufficient credits"},
        Said{"KeyLimit", 403,
             R"({"error":{"message":"Key limit exceeded (total limit). Manage it at https://x","code":403}})",
             Cause::account, "Key limit exceeded"},
        Said{
            "Together", 402,
            R"({"error":{"message":"Credit limit exceeded, please upgrade your plan","type":"credit_limit"}})",
            Cause::account, "HTTP 402 credit_limit: Credit limit exceeded"},
        Said{
            "LitellmBudget", 400,
            R"({"error":{"message":"Budget has been exceeded! Current cost: 1.2, Max budget: 1.0","type":"budget_exceeded","param":null,"code":"400"}})",
            Cause::account, "budget_exceeded"},
        Said{"Monthly", 429, R"~({"message":"You have reached your monthly limit"})~", Cause::long_quota,
             "monthly limit"},
        Said{
            "Moonshot", 429,
            R"({"error":{"message":"Your account is suspended, please check your plan","type":"exceeded_current_quota_error"}})",
            Cause::account, "exceeded_current_quota_error"}),
    name_of);

TEST(ServerError, NamesTheLimitInFewWords) {
  const auto limit = [](const std::string& message) {
    return error_of_status(429, Json{{"error", {{"message", message}}}}.dump(), time_of_errors).limit;
  };
  EXPECT_EQ(limit("Quota exceeded for requests per minute."), "quota per minute");
  EXPECT_EQ(limit("Rate limit reached on tokens per min (TPM)"), "tokens per minute");
  EXPECT_EQ(limit("Rate limit exceeded: free-models-per-min"), "requests per minute");
  EXPECT_EQ(limit("Slow down"), "rate limit");
}

}  // namespace
}  // namespace recon::support
