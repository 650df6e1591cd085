// Lengths, content, models, addresses and the rest: what servers of many families say, and what that means.

#include "openai_error_fixture.hpp"

namespace recon::support {
namespace {

using Cause = ServerError::Cause;
using std::chrono::milliseconds;

class OtherErrorOfAServer : public ErrorOfAServer {};

TEST_P(OtherErrorOfAServer, IsReadByItsStructure) { expect_read(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    Lengths, OtherErrorOfAServer,
    testing::Values(
        Said{
            "OpenAi", 400,
            R"~({"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})~",
            Cause::length, "HTTP 400 context_length_exceeded"},
        Said{
            "Gemini", 400,
            R"~([{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}])~",
            Cause::length, "The input token count"},
        Said{
            "Anthropic", 400,
            R"~({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}})~",
            Cause::length, "prompt is too long"},
        Said{
            "AnthropicBoth", 400,
            R"~({"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}})~",
            Cause::length, "input length"},
        Said{
            "Vllm", 400,
            R"~({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 4200 tokens (4000 in the messages, 200 in the completion).","type":"BadRequestError","param":null,"code":400})~",
            Cause::length, "HTTP 400 BadRequestError"},
        Said{
            "VllmLaterForm", 400,
            R"~({"error":{"message":"'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 1000 input tokens.","type":"BadRequestError","param":"max_tokens","code":400}})~",
            Cause::length, "is too large"},
        Said{
            "Sglang", 400,
            R"~({"object":"error","message":"Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens.","type":"BadRequestError","param":null,"code":400})~",
            Cause::length, "Requested token count"},
        Said{
            "SglangIn500", 500,
            R"~({"object":"error","message":"Input length (5000 tokens) exceeds the maximum allowed length (4090 tokens).","type":"InternalServerError","code":500})~",
            Cause::length, "Input length"},
        Said{
            "LlamaCpp", 400,
            R"~({"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}})~",
            Cause::length, "exceed_context_size_error"},
        Said{
            "LlamaCppEmbedder", 500,
            R"~({"error":{"code":500,"message":"input (203 tokens) is too large to process. increase the physical batch size (current batch size: 160)","type":"server_error"}})~",
            Cause::length, "increase the physical batch size"},
        Said{
            "Ollama", 500,
            R"~({"error":{"message":"the input length exceeds the context length","type":"api_error","param":null,"code":null}})~",
            Cause::length, "the input length"},
        Said{
            "LmStudio", 400,
            R"~({"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."})~",
            Cause::length, "Trying to keep"},
        Said{
            "Tgi", 422,
            R"~({"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`","error_type":"validation"})~",
            Cause::length, "HTTP 422 validation: Input validation error"},
        Said{
            "TextEmbeddings", 413,
            R"~({"error":"Input validation error: `inputs` must have less than 512 tokens. Given: 700","error_type":"Validation"})~",
            Cause::length, "must have less than 512"},
        Said{
            "Mistral", 400,
            R"~({"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","param":null,"code":"3051"})~",
            Cause::length, "Prompt contains 40000"},
        Said{
            "Litellm", 400,
            R"~({"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: x - too big","type":null,"param":null,"code":"400"}})~",
            Cause::length, "ContextWindowExceededError"},
        Said{
            "RouterIn502", 502,
            R"~({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"{\"message\":\"Too many tokens: the prompt is too long\"}"}}})~",
            Cause::length, "HTTP 502: Too many tokens: the prompt is too long"},
        Said{"In200", 200, R"~({"error":{"code":400,"message":"context_length_exceeded"}})~", Cause::length,
             "HTTP 200 with error 400"},
        Said{"NginxPage", 413,
             "<html><head><title>413 Request Entity Too Large</title></head><body><h1>413</h1></body></html>",
             Cause::length, "HTTP 413: 413 Request Entity Too Large"},
        Said{
            "ReplyTooLongIsNone", 400,
            R"~({"error":{"message":"max_tokens is too large: 100000. This model supports at most 16384 completion tokens.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}})~",
            Cause::request, "max_tokens is too large"},
        Said{
            "GroqReplyTooLongIsNone", 400,
            R"~({"error":{"message":"`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model","type":"invalid_request_error","param":"max_tokens"}})~",
            Cause::request, "must be less than"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Others, OtherErrorOfAServer,
    testing::Values(
        Said{
            "AzureFilter", 400,
            R"({"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}}})",
            Cause::content, "HTTP 400 content_filter: The response was filtered"},
        Said{
            "RouterModeration", 403,
            R"({"error":{"code":403,"message":"Your chosen model requires moderation and your input was flagged for \"violence\"","metadata":{"reasons":["violence"],"flagged_input":"x"}}})",
            Cause::content, "your input was flagged"},
        Said{
            "DeepSeekRisk", 400,
            R"({"error":{"message":"Content Exists Risk","type":"invalid_request_error","param":null,"code":"invalid_request_error"}})",
            Cause::content, "Content Exists Risk"},
        Said{
            "UsagePolicy", 400,
            R"({"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}})",
            Cause::content, "usage policy"},
        Said{
            "GroqGeneration", 400,
            R"({"error":{"message":"Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"json_validate_failed","failed_generation":"{\"scores\": \"maximum context length\""}})",
            Cause::generation, "HTTP 400 json_validate_failed: Failed to generate JSON"},
        Said{"Loading", 503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
             Cause::loading, "HTTP 503 unavailable_error: Loading model"},
        Said{"LoadingWithATime", 503, R"({"error":"Model m is currently loading","estimated_time":20.0})",
             Cause::loading, "currently loading", milliseconds(20'000)},
        Said{
            "GeminiOverload", 503,
            R"([{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}])",
            Cause::overloaded, "HTTP 503 UNAVAILABLE: The model is overloaded"},
        Said{"AnthropicOverload", 529,
             R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
             Cause::overloaded, "HTTP 529 overloaded_error: Overloaded"},
        Said{"AnthropicOverloadIn200", 200,
             R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
             Cause::overloaded, "HTTP 200 with error 503 overloaded_error"},
        Said{"UnavailableIn200", 200, R"({"error":{"status":"UNAVAILABLE","message":"Try again"}})",
             Cause::overloaded, "UNAVAILABLE: Try again"},
        Said{"DeadlineIn200", 200, R"({"error":{"status":"DEADLINE_EXCEEDED","message":"Deadline expired"}})",
             Cause::server, "HTTP 200 with error 500 DEADLINE_EXCEEDED"},
        Said{"InternalIn200", 200,
             R"([{"error":{"code":500,"status":"INTERNAL","message":"An internal error"}}])", Cause::server,
             "HTTP 200 with error 500 INTERNAL"},
        Said{"UnknownIn200", 200, R"~({"error":{"message":"Something odd"}})~", Cause::server,
             "HTTP 200 with an error: Something odd"},
        Said{"InvalidIn200", 200, R"({"error":{"status":"INVALID_ARGUMENT","message":"No."}})",
             Cause::request, "HTTP 200 with error 400 INVALID_ARGUMENT: No."},
        Said{"DetailIn200", 200, R"~({"detail":"Something broke"})~", Cause::server, "Something broke"},
        Said{"VllmIn200", 200, R"({"object":"error","message":"bad","type":"BadRequestError","code":400})",
             Cause::request, "HTTP 200 with error 400 BadRequestError: bad"},
        Said{
            "ErrorListIn200", 200,
            R"({"success":false,"errors":[{"code":3040,"message":"Capacity temporarily exceeded"}],"result":null})",
            Cause::server, "Capacity temporarily exceeded"},
        Said{"BaseRespIn200", 200,
             R"({"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}})", Cause::rate,
             "rate limit"},
        Said{
            "Server", 500,
            R"({"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}})",
            Cause::server, "HTTP 500 server_error"},
        Said{"NginxPage", 502,
             "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
             "Gateway</h1></center></body>\r\n</html>",
             Cause::server, "HTTP 502: 502 Bad Gateway"},
        Said{"CloudflareTimeout", 524,
             "<!DOCTYPE html>\n<html><head>\n<title>api.example | 524: A timeout "
             "occurred</title></head></html>",
             Cause::server, "api.example | 524: A timeout occurred"},
        Said{"CloudflareBlock", 403,
             "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, "
             "you have been blocked</body></html>",
             Cause::gateway, "HTTP 403: Attention Required! | Cloudflare"},
        Said{"XmlDocument", 500,
             "<?xml version=\"1.0\"?><Error><Code>Internal</Code><Message>We broke</Message></Error>",
             Cause::server, "HTTP 500: We broke"},
        Said{"Plain", 500, "upstream connect error or disconnect/reset before headers", Cause::server,
             "HTTP 500: upstream connect error"},
        Said{
            "OllamaModel", 404,
            R"({"error":{"message":"model \"m\" not found, try pulling it first","type":"api_error","param":null,"code":null}})",
            Cause::model, "try pulling it first"},
        Said{
            "VllmModel", 404,
            R"({"object":"error","message":"The model `m` does not exist.","type":"NotFoundError","param":null,"code":404})",
            Cause::model, "HTTP 404 NotFoundError: The model"},
        Said{
            "GeminiModel", 404,
            R"([{"error":{"code":404,"message":"models/m is not found for API version v1main, or is not supported for generateContent.","status":"NOT_FOUND"}}])",
            Cause::model, "models/m is not found"},
        Said{
            "AzureDeployment", 404,
            R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created it within the last 5 minutes, please wait a moment and try again."}})",
            Cause::model, "HTTP 404 DeploymentNotFound"},
        Said{"LmStudioModel", 400, R"({"error":"No models loaded. Please load a model first."})",
             Cause::model, "No models loaded"},
        Said{"AddressFastApi", 404, R"~({"detail":"Not Found"})~", Cause::address, "HTTP 404: Not Found"},
        Said{"AddressPage", 404, "404 page not found\n", Cause::address, "HTTP 404: 404 page not found"},
        Said{"Method", 405, R"~({"detail":"Method Not Allowed"})~", Cause::address, "Method Not Allowed"},
        Said{
            "NoEmbeddings", 501,
            R"({"error":{"code":501,"message":"This server does not support embeddings. Start it with `--embeddings`","type":"not_supported_error"}})",
            Cause::unsupported, "does not support embeddings"},
        Said{
            "Pydantic", 422,
            R"({"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted","input":"maximum context length"}]})",
            Cause::request, "HTTP 422 extra_forbidden: Extra inputs are not permitted (top_k)"},
        Said{
            "EchoOfTheRequest", 400,
            R"({"message":"1 validation error: bad type input_value={'content': 'the context length of my api key not valid'}"})",
            Cause::request, "1 validation error: bad type"},
        Said{
            "Temperature", 400,
            R"({"error":{"message":"Unsupported value: 'temperature' does not support 0.6 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}})",
            Cause::request, "HTTP 400 unsupported_value"},
        Said{"TimedOutIsNoWait", 504, R"({"error":{"message":"Request timed out after 600 seconds"}})",
             Cause::overloaded, "timed out after 600 seconds"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    More, OtherErrorOfAServer,
    testing::Values(
        Said{
            "ThrottlingIn400", 400,
            R"~({"__type":"ThrottlingException","message":"Too many tokens, please wait before trying again."})~",
            Cause::rate, "HTTP 400 ThrottlingException: Too many tokens"},
        Said{
            "DayOfSeconds", 429,
            R"~({"error":{"code":"RateLimitReached","message":"Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 45000 seconds before retrying."}})~",
            Cause::long_quota, "UserByModelByDay", milliseconds(45'000'000)},
        Said{
            "MinuteOfSeconds", 429,
            R"~({"error":{"code":"RateLimitReached","message":"Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 26 seconds before retrying."}})~",
            Cause::rate, "UserByModelByMinute", milliseconds(26'000)},
        Said{"TrialMonth", 429,
             R"~({"message":"You are using a Trial key, which is limited to 1000 API calls / month."})~",
             Cause::long_quota, "Trial key"},
        Said{"TrialMinute", 429,
             R"~({"message":"You are using a Trial key, which is limited to 40 API calls / minute."})~",
             Cause::rate, "Trial key"},
        Said{
            "CallVolume", 403,
            R"~({"statusCode":403,"message":"Out of call volume quota. Quota will be replenished in 13:40:14."})~",
            Cause::long_quota, "Out of call volume"},
        Said{
            "DayQuotaByName", 429,
            R"~({"message":"Requests per day limit exceeded - too many requests sent.","type":"too_many_requests_error","param":"quota","code":"request_quota_exceeded"})~",
            Cause::long_quota, "Requests per day"},
        Said{
            "KeyBesideAnotherCode", 400,
            R"~({"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***. You can obtain one at https://x."})~",
            Cause::key, "Incorrect API key provided"},
        Said{
            "NoCreditsYet", 403,
            R"~({"code":"The caller does not have permission","error":"Your newly created team doesn't have any credits yet."})~",
            Cause::account, "any credits yet"},
        Said{"SpendingLimitIn412", 412,
             R"~({"error":{"message":"Account suspended: monthly spending limit reached"}})~", Cause::account,
             "spending limit"},
        Said{"IncludedCredits", 402, R"~({"error":"You have exceeded your monthly included credits."})~",
             Cause::long_quota, "included credits"},
        Said{"OverloadIn400", 400,
             R"~({"error":{"message":"The engine is currently overloaded, please try again later"}})~",
             Cause::overloaded, "currently overloaded"},
        Said{
            "Capacity498", 498,
            R"~({"error":{"message":"Flex tier capacity exceeded","type":"server_error","code":"capacity_exceeded"}})~",
            Cause::overloaded, "HTTP 498 capacity_exceeded"},
        Said{"Calm420", 420, R"~(Enhance your calm)~", Cause::rate, "HTTP 420: Enhance your calm"},
        Said{
            "BodyTooLargeForModel", 413,
            R"~({"error":{"code":"tokens_limit_reached","message":"Request body too large for m. Max size: 8000 tokens."}})~",
            Cause::length, "HTTP 413 tokens_limit_reached"},
        Said{
            "RangeOfLength", 400,
            R"~({"error":{"message":"Range of input length should be [1, 30720]","type":"invalid_request_error"}})~",
            Cause::length, "Range of input length"},
        Said{"OtherTongueAccount", 429,
             R"~({"error":{"code":"1113","message":"您的账户已欠费，请充值后重试。"}})~", Cause::account,
             "HTTP 429: 您的账户"},
        Said{"OtherTongueContent", 400,
             R"~({"error":{"code":"1301","message":"系统检测到输入内容可能包含敏感内容"}})~", Cause::content,
             "HTTP 400: 系统"},
        Said{
            "ModelNotSupported", 400,
            R"~({"error":{"message":"The requested model 'm' is not supported by any provider.","type":"invalid_request_error","param":"model","code":"model_not_supported"}})~",
            Cause::model, "model_not_supported"},
        Said{"ProblemDocument", 429,
             R"~({"type":"about:blank","status":429,"title":"Too Many Requests","detail":"Wait a while"})~",
             Cause::rate, "Wait a while"},
        Said{"MessageAloneIn200", 200, R"~({"message":"Too Many Requests"})~", Cause::rate,
             "HTTP 200 with an error: Too Many Requests"},
        Said{"NoSuccessIn200", 200, R"~({"success":false,"code":0,"message":"Nothing works"})~",
             Cause::server, "Nothing works"},
        Said{"ErrorFlagIn200", 200, R"~({"error":true,"message":"Nothing works"})~", Cause::server,
             "Nothing works"},
        Said{"ErrorBesideChoicesIn200", 200,
             R"~({"choices":[{"message":{"content":"Hi"}}],"error":{"code":429,"message":"Slow down"}})~",
             Cause::rate, "Slow down"},
        Said{"StatusBesideIn200", 200, R"~({"error":{"message":"Slow down"},"status":429})~", Cause::rate,
             "HTTP 200 with error 429: Slow down"},
        Said{"ResetAtATime", 429, R"~({"error":{"message":"Slow down","resets_at":1800000060}})~",
             Cause::rate, "Slow down", milliseconds(60'000)},
        Said{"RetryAtATime", 429, R"~({"message":"Slow down","retry_after":1800000007.5})~", Cause::rate,
             "Slow down", milliseconds(7500)},
        Said{"ListOfMessages", 400,
             R"~({"message":["top_k must be positive","and more"],"error":"Bad Request","statusCode":400})~",
             Cause::request, "HTTP 400: top_k must be positive"},
        Said{"MessageAsObject", 500, R"~({"message":{"error":{"message":"inner words"}}})~", Cause::server,
             "HTTP 500: inner words"},
        Said{"NoneAsText", 401,
             R"~({"error":{"message":"Missing credentials","type":"None","param":"None","code":"401"}})~",
             Cause::key, "HTTP 401: Missing credentials"},
        Said{
            "DeploymentsCoolDown", 429,
            R"~({"error":{"message":"No deployments available for selected model, Try again in 5 seconds. Passed model=m. cooldown_list=[('a', {'code': 1})]","type":"None","code":"429"}})~",
            Cause::rate, "No deployments available", milliseconds(5000)}),
    name_of);

TEST(ServerErrorIn200, IsNotSeenInGoodReplies) {
  const std::string choices = R"("choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}])";
  for (const std::string& extra :
       {std::string(R"("error":null)"), std::string(R"("error":{})"), std::string(R"("error":"")"),
        std::string(R"("error":{"code":0,"message":""})"), std::string(R"("error":[])"),
        std::string(R"("code":0,"message":"ok")"), std::string(R"("code":429,"message":"was busy")"),
        std::string(R"("base_resp":{"status_code":0,"status_msg":""})"), std::string(R"("detail":"x")")}) {
    EXPECT_FALSE(
        error_in_good_reply(Json::parse("{" + choices + "," + extra + "}"), time_of_errors).has_value())
        << extra;
  }
  for (const char* body :
       {R"({"data":[{"embedding":[1]}],"object":"list","message":"m","code":5})", "[1,2]", "[]", "{}",
        R"({"object":"chat.completion"})", R"({"message":{"role":"assistant","content":"Hi"},"done":true})",
        R"({"choices":[]})", R"({"message":"ok","code":200})", R"({"message":"ok","status":"success"})"}) {
    EXPECT_FALSE(error_in_good_reply(Json::parse(body), time_of_errors).has_value()) << body;
  }
  EXPECT_TRUE(error_in_good_reply(Json::parse(R"({"error":{"message":"x"},)" + choices + "}"), time_of_errors)
                  .has_value());
}

}  // namespace
}  // namespace recon::support
