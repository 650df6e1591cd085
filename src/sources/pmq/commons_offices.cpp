#include "commons_offices.hpp"

#include <algorithm>
#include <array>

namespace recon {

namespace {

/// A time in office: the first day included, the day of the successor excluded.
struct Tenure {
  std::string_view name;
  std::string_view from;
  std::string_view to;
};

constexpr std::string_view today = "9999-12-31";

// Names as both editions of Hansard print them.
constexpr std::array prime_ministers = {
    Tenure{"Margaret Thatcher", "1979-05-04", "1990-11-28"},
    Tenure{"John Major", "1990-11-28", "1997-05-02"},
    Tenure{"Tony Blair", "1997-05-02", "2007-06-27"},
    Tenure{"Gordon Brown", "2007-06-27", "2010-05-11"},
    Tenure{"David Cameron", "2010-05-11", "2016-07-13"},
    Tenure{"Theresa May", "2016-07-13", "2019-07-24"},
    Tenure{"Boris Johnson", "2019-07-24", "2022-09-06"},
    Tenure{"Elizabeth Truss", "2022-09-06", "2022-10-25"},
    Tenure{"Rishi Sunak", "2022-10-25", "2024-07-05"},
};

constexpr std::array chairs = {
    Tenure{"George Thomas", "1976-02-03", "1983-06-15"},
    Tenure{"Bernard Weatherill", "1983-06-15", "1992-04-27"},
    Tenure{"Betty Boothroyd", "1992-04-27", "2000-10-23"},
    Tenure{"Michael Martin", "1997-05-14", "2009-06-22"},  // Deputy Speaker until 2000-10-23
    Tenure{"John Bercow", "2009-06-22", "2019-11-04"},
    Tenure{"Lindsay Hoyle", "2010-06-08", today},  // Deputy Speaker until 2019-11-04
    Tenure{"Alan Haselhurst", "1997-05-14", "2010-04-12"},
    Tenure{"Michael Lord", "1997-05-14", "2010-04-12"},
    Tenure{"Sylvia Heal", "2000-10-23", "2010-04-12"},
    Tenure{"Dawn Primarolo", "2010-06-08", "2015-03-30"},
    Tenure{"Nigel Evans", "2010-06-08", "2013-09-11"},
    Tenure{"Nigel Evans", "2020-01-08", "2024-05-30"},
    Tenure{"Eleanor Laing", "2013-10-16", "2024-05-30"},
    Tenure{"Natascha Engel", "2015-06-03", "2017-05-03"},
    Tenure{"Rosie Winterton", "2017-06-28", "2024-05-30"},
};

}  // namespace

std::optional<std::string_view> prime_minister_at_questions(std::string_view date) {
  const auto found = std::find_if(prime_ministers.begin(), prime_ministers.end(), [&](const Tenure& tenure) {
    return tenure.from < date && date <= tenure.to;
  });
  if (found == prime_ministers.end()) return std::nullopt;
  return found->name;
}

bool held_the_chair(std::string_view name, std::string_view date) {
  return std::any_of(chairs.begin(), chairs.end(), [&](const Tenure& tenure) {
    return tenure.name == name && tenure.from <= date && date < tenure.to;
  });
}

}  // namespace recon
