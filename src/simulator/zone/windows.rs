//! Windows zone names: the list `supportedTimeZones` gives, with the IANA zone of each.
//!
//! The pairs are those of CLDR `windowsZones` for territory 001 (Unicode licence); a few
//! more IANA names lead back to a Windows name, as mailboxes show them.

/// One Windows zone.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub iana: &'static str,
    pub display: &'static str,
}

/// Without regard to case.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

pub fn from_iana(iana: &str) -> Option<&'static str> {
    ROWS.iter()
        .find(|row| row.iana.eq_ignore_ascii_case(iana))
        .map(|row| row.name)
        .or_else(|| {
            MORE.iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(iana))
                .map(|(_, windows)| *windows)
        })
}

const fn row(name: &'static str, iana: &'static str, display: &'static str) -> Row {
    Row {
        name,
        iana,
        display,
    }
}

pub const ROWS: &[Row] = &[
    row(
        "Dateline Standard Time",
        "Etc/GMT+12",
        "(UTC-12:00) International Date Line West",
    ),
    row(
        "UTC-11",
        "Etc/GMT+11",
        "(UTC-11:00) Coordinated Universal Time-11",
    ),
    row(
        "Aleutian Standard Time",
        "America/Adak",
        "(UTC-10:00) Aleutian Islands",
    ),
    row(
        "Hawaiian Standard Time",
        "Pacific/Honolulu",
        "(UTC-10:00) Hawaii",
    ),
    row(
        "Marquesas Standard Time",
        "Pacific/Marquesas",
        "(UTC-09:30) Marquesas Islands",
    ),
    row(
        "Alaskan Standard Time",
        "America/Anchorage",
        "(UTC-09:00) Alaska",
    ),
    row(
        "UTC-09",
        "Etc/GMT+9",
        "(UTC-09:00) Coordinated Universal Time-09",
    ),
    row(
        "Pacific Standard Time (Mexico)",
        "America/Tijuana",
        "(UTC-08:00) Baja California",
    ),
    row(
        "UTC-08",
        "Etc/GMT+8",
        "(UTC-08:00) Coordinated Universal Time-08",
    ),
    row(
        "Pacific Standard Time",
        "America/Los_Angeles",
        "(UTC-08:00) Pacific Time (US & Canada)",
    ),
    row(
        "British Columbia Standard Time",
        "America/Vancouver",
        "(UTC-07:00) British Columbia",
    ),
    row(
        "US Mountain Standard Time",
        "America/Phoenix",
        "(UTC-07:00) Arizona",
    ),
    row(
        "Mountain Standard Time (Mexico)",
        "America/Mazatlan",
        "(UTC-07:00) La Paz, Mazatlan",
    ),
    row(
        "Mountain Standard Time",
        "America/Denver",
        "(UTC-07:00) Mountain Time (US & Canada)",
    ),
    row(
        "Alberta Standard Time",
        "America/Edmonton",
        "(UTC-06:00) Alberta",
    ),
    row(
        "Yukon Standard Time",
        "America/Whitehorse",
        "(UTC-07:00) Yukon",
    ),
    row(
        "Central America Standard Time",
        "America/Guatemala",
        "(UTC-06:00) Central America",
    ),
    row(
        "Central Standard Time",
        "America/Chicago",
        "(UTC-06:00) Central Time (US & Canada)",
    ),
    row(
        "Manitoba Standard Time",
        "America/Winnipeg",
        "(UTC-06:00) Manitoba",
    ),
    row(
        "Easter Island Standard Time",
        "Pacific/Easter",
        "(UTC-06:00) Easter Island",
    ),
    row(
        "Central Standard Time (Mexico)",
        "America/Mexico_City",
        "(UTC-06:00) Guadalajara, Mexico City, Monterrey",
    ),
    row(
        "Canada Central Standard Time",
        "America/Regina",
        "(UTC-06:00) Saskatchewan",
    ),
    row(
        "SA Pacific Standard Time",
        "America/Bogota",
        "(UTC-05:00) Bogota, Lima, Quito, Rio Branco",
    ),
    row(
        "Eastern Standard Time (Mexico)",
        "America/Cancun",
        "(UTC-05:00) Chetumal",
    ),
    row(
        "Eastern Standard Time",
        "America/New_York",
        "(UTC-05:00) Eastern Time (US & Canada)",
    ),
    row(
        "Haiti Standard Time",
        "America/Port-au-Prince",
        "(UTC-05:00) Haiti",
    ),
    row("Cuba Standard Time", "America/Havana", "(UTC-05:00) Havana"),
    row(
        "US Eastern Standard Time",
        "America/Indianapolis",
        "(UTC-05:00) Indiana (East)",
    ),
    row(
        "Turks And Caicos Standard Time",
        "America/Grand_Turk",
        "(UTC-05:00) Turks and Caicos",
    ),
    row(
        "Paraguay Standard Time",
        "America/Asuncion",
        "(UTC-03:00) Asuncion",
    ),
    row(
        "Atlantic Standard Time",
        "America/Halifax",
        "(UTC-04:00) Atlantic Time (Canada)",
    ),
    row(
        "Venezuela Standard Time",
        "America/Caracas",
        "(UTC-04:00) Caracas",
    ),
    row(
        "Central Brazilian Standard Time",
        "America/Cuiaba",
        "(UTC-04:00) Cuiaba",
    ),
    row(
        "SA Western Standard Time",
        "America/La_Paz",
        "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan",
    ),
    row(
        "Pacific SA Standard Time",
        "America/Santiago",
        "(UTC-04:00) Santiago",
    ),
    row(
        "Newfoundland Standard Time",
        "America/St_Johns",
        "(UTC-03:30) Newfoundland",
    ),
    row(
        "Tocantins Standard Time",
        "America/Araguaina",
        "(UTC-03:00) Araguaina",
    ),
    row(
        "E. South America Standard Time",
        "America/Sao_Paulo",
        "(UTC-03:00) Brasilia",
    ),
    row(
        "SA Eastern Standard Time",
        "America/Cayenne",
        "(UTC-03:00) Cayenne, Fortaleza",
    ),
    row(
        "Argentina Standard Time",
        "America/Buenos_Aires",
        "(UTC-03:00) City of Buenos Aires",
    ),
    row(
        "Greenland Standard Time",
        "America/Godthab",
        "(UTC-02:00) Greenland",
    ),
    row(
        "Montevideo Standard Time",
        "America/Montevideo",
        "(UTC-03:00) Montevideo",
    ),
    row(
        "Magallanes Standard Time",
        "America/Punta_Arenas",
        "(UTC-03:00) Punta Arenas",
    ),
    row(
        "Saint Pierre Standard Time",
        "America/Miquelon",
        "(UTC-03:00) Saint Pierre and Miquelon",
    ),
    row(
        "Bahia Standard Time",
        "America/Bahia",
        "(UTC-03:00) Salvador",
    ),
    row(
        "UTC-02",
        "Etc/GMT+2",
        "(UTC-02:00) Coordinated Universal Time-02",
    ),
    row(
        "Azores Standard Time",
        "Atlantic/Azores",
        "(UTC-01:00) Azores",
    ),
    row(
        "Cape Verde Standard Time",
        "Atlantic/Cape_Verde",
        "(UTC-01:00) Cabo Verde Is.",
    ),
    row("UTC", "Etc/UTC", "(UTC) Coordinated Universal Time"),
    row(
        "GMT Standard Time",
        "Europe/London",
        "(UTC+00:00) Dublin, Edinburgh, Lisbon, London",
    ),
    row(
        "Greenwich Standard Time",
        "Atlantic/Reykjavik",
        "(UTC+00:00) Monrovia, Reykjavik",
    ),
    row(
        "Sao Tome Standard Time",
        "Africa/Sao_Tome",
        "(UTC+00:00) Sao Tome",
    ),
    row(
        "Morocco Standard Time",
        "Africa/Casablanca",
        "(UTC+01:00) Casablanca",
    ),
    row(
        "W. Europe Standard Time",
        "Europe/Berlin",
        "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    ),
    row(
        "Central Europe Standard Time",
        "Europe/Budapest",
        "(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague",
    ),
    row(
        "Romance Standard Time",
        "Europe/Paris",
        "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    ),
    row(
        "Central European Standard Time",
        "Europe/Warsaw",
        "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb",
    ),
    row(
        "W. Central Africa Standard Time",
        "Africa/Lagos",
        "(UTC+01:00) West Central Africa",
    ),
    row("Jordan Standard Time", "Asia/Amman", "(UTC+03:00) Amman"),
    row(
        "GTB Standard Time",
        "Europe/Bucharest",
        "(UTC+02:00) Athens, Bucharest",
    ),
    row(
        "Middle East Standard Time",
        "Asia/Beirut",
        "(UTC+02:00) Beirut",
    ),
    row("Egypt Standard Time", "Africa/Cairo", "(UTC+02:00) Cairo"),
    row(
        "E. Europe Standard Time",
        "Europe/Chisinau",
        "(UTC+02:00) Chisinau",
    ),
    row(
        "Syria Standard Time",
        "Asia/Damascus",
        "(UTC+03:00) Damascus",
    ),
    row(
        "West Bank Standard Time",
        "Asia/Hebron",
        "(UTC+02:00) Gaza, Hebron",
    ),
    row(
        "South Africa Standard Time",
        "Africa/Johannesburg",
        "(UTC+02:00) Harare, Pretoria",
    ),
    row(
        "FLE Standard Time",
        "Europe/Kiev",
        "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
    ),
    row(
        "Israel Standard Time",
        "Asia/Jerusalem",
        "(UTC+02:00) Jerusalem",
    ),
    row(
        "South Sudan Standard Time",
        "Africa/Juba",
        "(UTC+02:00) Juba",
    ),
    row(
        "Kaliningrad Standard Time",
        "Europe/Kaliningrad",
        "(UTC+02:00) Kaliningrad",
    ),
    row(
        "Sudan Standard Time",
        "Africa/Khartoum",
        "(UTC+02:00) Khartoum",
    ),
    row(
        "Libya Standard Time",
        "Africa/Tripoli",
        "(UTC+02:00) Tripoli",
    ),
    row(
        "Namibia Standard Time",
        "Africa/Windhoek",
        "(UTC+02:00) Windhoek",
    ),
    row(
        "Arabic Standard Time",
        "Asia/Baghdad",
        "(UTC+03:00) Baghdad",
    ),
    row(
        "Turkey Standard Time",
        "Europe/Istanbul",
        "(UTC+03:00) Istanbul",
    ),
    row(
        "Arab Standard Time",
        "Asia/Riyadh",
        "(UTC+03:00) Kuwait, Riyadh",
    ),
    row("Belarus Standard Time", "Europe/Minsk", "(UTC+03:00) Minsk"),
    row(
        "Russian Standard Time",
        "Europe/Moscow",
        "(UTC+03:00) Moscow, St. Petersburg",
    ),
    row(
        "E. Africa Standard Time",
        "Africa/Nairobi",
        "(UTC+03:00) Nairobi",
    ),
    row(
        "Volgograd Standard Time",
        "Europe/Volgograd",
        "(UTC+03:00) Volgograd",
    ),
    row("Iran Standard Time", "Asia/Tehran", "(UTC+03:30) Tehran"),
    row(
        "Arabian Standard Time",
        "Asia/Dubai",
        "(UTC+04:00) Abu Dhabi, Muscat",
    ),
    row(
        "Astrakhan Standard Time",
        "Europe/Astrakhan",
        "(UTC+04:00) Astrakhan, Ulyanovsk",
    ),
    row("Azerbaijan Standard Time", "Asia/Baku", "(UTC+04:00) Baku"),
    row(
        "Russia Time Zone 3",
        "Europe/Samara",
        "(UTC+04:00) Izhevsk, Samara",
    ),
    row(
        "Mauritius Standard Time",
        "Indian/Mauritius",
        "(UTC+04:00) Port Louis",
    ),
    row(
        "Saratov Standard Time",
        "Europe/Saratov",
        "(UTC+04:00) Saratov",
    ),
    row(
        "Georgian Standard Time",
        "Asia/Tbilisi",
        "(UTC+04:00) Tbilisi",
    ),
    row(
        "Caucasus Standard Time",
        "Asia/Yerevan",
        "(UTC+04:00) Yerevan",
    ),
    row(
        "Afghanistan Standard Time",
        "Asia/Kabul",
        "(UTC+04:30) Kabul",
    ),
    row(
        "West Asia Standard Time",
        "Asia/Tashkent",
        "(UTC+05:00) Ashgabat, Tashkent",
    ),
    row(
        "Qyzylorda Standard Time",
        "Asia/Qyzylorda",
        "(UTC+05:00) Astana, Qyzylorda",
    ),
    row(
        "Ekaterinburg Standard Time",
        "Asia/Yekaterinburg",
        "(UTC+05:00) Ekaterinburg",
    ),
    row(
        "Pakistan Standard Time",
        "Asia/Karachi",
        "(UTC+05:00) Islamabad, Karachi",
    ),
    row(
        "India Standard Time",
        "Asia/Calcutta",
        "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi",
    ),
    row(
        "Sri Lanka Standard Time",
        "Asia/Colombo",
        "(UTC+05:30) Sri Jayawardenepura",
    ),
    row(
        "Nepal Standard Time",
        "Asia/Katmandu",
        "(UTC+05:45) Kathmandu",
    ),
    row(
        "Central Asia Standard Time",
        "Asia/Bishkek",
        "(UTC+06:00) Bishkek",
    ),
    row(
        "Bangladesh Standard Time",
        "Asia/Dhaka",
        "(UTC+06:00) Dhaka",
    ),
    row("Omsk Standard Time", "Asia/Omsk", "(UTC+06:00) Omsk"),
    row(
        "Myanmar Standard Time",
        "Asia/Rangoon",
        "(UTC+06:30) Yangon (Rangoon)",
    ),
    row(
        "SE Asia Standard Time",
        "Asia/Bangkok",
        "(UTC+07:00) Bangkok, Hanoi, Jakarta",
    ),
    row(
        "Altai Standard Time",
        "Asia/Barnaul",
        "(UTC+07:00) Barnaul, Gorno-Altaysk",
    ),
    row("W. Mongolia Standard Time", "Asia/Hovd", "(UTC+07:00) Hovd"),
    row(
        "North Asia Standard Time",
        "Asia/Krasnoyarsk",
        "(UTC+07:00) Krasnoyarsk",
    ),
    row(
        "N. Central Asia Standard Time",
        "Asia/Novosibirsk",
        "(UTC+07:00) Novosibirsk",
    ),
    row("Tomsk Standard Time", "Asia/Tomsk", "(UTC+07:00) Tomsk"),
    row(
        "China Standard Time",
        "Asia/Shanghai",
        "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi",
    ),
    row(
        "North Asia East Standard Time",
        "Asia/Irkutsk",
        "(UTC+08:00) Irkutsk",
    ),
    row(
        "Singapore Standard Time",
        "Asia/Singapore",
        "(UTC+08:00) Kuala Lumpur, Singapore",
    ),
    row(
        "W. Australia Standard Time",
        "Australia/Perth",
        "(UTC+08:00) Perth",
    ),
    row("Taipei Standard Time", "Asia/Taipei", "(UTC+08:00) Taipei"),
    row(
        "Ulaanbaatar Standard Time",
        "Asia/Ulaanbaatar",
        "(UTC+08:00) Ulaanbaatar",
    ),
    row(
        "Aus Central W. Standard Time",
        "Australia/Eucla",
        "(UTC+08:45) Eucla",
    ),
    row(
        "Transbaikal Standard Time",
        "Asia/Chita",
        "(UTC+09:00) Chita",
    ),
    row(
        "Tokyo Standard Time",
        "Asia/Tokyo",
        "(UTC+09:00) Osaka, Sapporo, Tokyo",
    ),
    row(
        "North Korea Standard Time",
        "Asia/Pyongyang",
        "(UTC+09:00) Pyongyang",
    ),
    row("Korea Standard Time", "Asia/Seoul", "(UTC+09:00) Seoul"),
    row(
        "Yakutsk Standard Time",
        "Asia/Yakutsk",
        "(UTC+09:00) Yakutsk",
    ),
    row(
        "Cen. Australia Standard Time",
        "Australia/Adelaide",
        "(UTC+09:30) Adelaide",
    ),
    row(
        "AUS Central Standard Time",
        "Australia/Darwin",
        "(UTC+09:30) Darwin",
    ),
    row(
        "E. Australia Standard Time",
        "Australia/Brisbane",
        "(UTC+10:00) Brisbane",
    ),
    row(
        "AUS Eastern Standard Time",
        "Australia/Sydney",
        "(UTC+10:00) Canberra, Melbourne, Sydney",
    ),
    row(
        "West Pacific Standard Time",
        "Pacific/Port_Moresby",
        "(UTC+10:00) Guam, Port Moresby",
    ),
    row(
        "Tasmania Standard Time",
        "Australia/Hobart",
        "(UTC+10:00) Hobart",
    ),
    row(
        "Vladivostok Standard Time",
        "Asia/Vladivostok",
        "(UTC+10:00) Vladivostok",
    ),
    row(
        "Lord Howe Standard Time",
        "Australia/Lord_Howe",
        "(UTC+10:30) Lord Howe Island",
    ),
    row(
        "Bougainville Standard Time",
        "Pacific/Bougainville",
        "(UTC+11:00) Bougainville Island",
    ),
    row(
        "Russia Time Zone 10",
        "Asia/Srednekolymsk",
        "(UTC+11:00) Chokurdakh",
    ),
    row(
        "Magadan Standard Time",
        "Asia/Magadan",
        "(UTC+11:00) Magadan",
    ),
    row(
        "Norfolk Standard Time",
        "Pacific/Norfolk",
        "(UTC+11:00) Norfolk Island",
    ),
    row(
        "Sakhalin Standard Time",
        "Asia/Sakhalin",
        "(UTC+11:00) Sakhalin",
    ),
    row(
        "Central Pacific Standard Time",
        "Pacific/Guadalcanal",
        "(UTC+11:00) Solomon Is., New Caledonia",
    ),
    row(
        "Russia Time Zone 11",
        "Asia/Kamchatka",
        "(UTC+12:00) Anadyr, Petropavlovsk-Kamchatsky",
    ),
    row(
        "New Zealand Standard Time",
        "Pacific/Auckland",
        "(UTC+12:00) Auckland, Wellington",
    ),
    row(
        "UTC+12",
        "Etc/GMT-12",
        "(UTC+12:00) Coordinated Universal Time+12",
    ),
    row("Fiji Standard Time", "Pacific/Fiji", "(UTC+12:00) Fiji"),
    row(
        "Chatham Islands Standard Time",
        "Pacific/Chatham",
        "(UTC+12:45) Chatham Islands",
    ),
    row(
        "UTC+13",
        "Etc/GMT-13",
        "(UTC+13:00) Coordinated Universal Time+13",
    ),
    row(
        "Tonga Standard Time",
        "Pacific/Tongatapu",
        "(UTC+13:00) Nuku'alofa",
    ),
    row("Samoa Standard Time", "Pacific/Apia", "(UTC+13:00) Samoa"),
    row(
        "Line Islands Standard Time",
        "Pacific/Kiritimati",
        "(UTC+14:00) Kiritimati Island",
    ),
];

const MORE: &[(&str, &str)] = &[
    ("UTC", "UTC"),
    ("Etc/GMT", "UTC"),
    ("Europe/Dublin", "GMT Standard Time"),
    ("Europe/Lisbon", "GMT Standard Time"),
    ("Europe/Amsterdam", "W. Europe Standard Time"),
    ("Europe/Vienna", "W. Europe Standard Time"),
    ("Europe/Zurich", "W. Europe Standard Time"),
    ("Europe/Rome", "W. Europe Standard Time"),
    ("Europe/Stockholm", "W. Europe Standard Time"),
    ("Europe/Oslo", "W. Europe Standard Time"),
    ("Europe/Luxembourg", "W. Europe Standard Time"),
    ("Europe/Brussels", "Romance Standard Time"),
    ("Europe/Copenhagen", "Romance Standard Time"),
    ("Europe/Madrid", "Romance Standard Time"),
    ("Europe/Prague", "Central Europe Standard Time"),
    ("Europe/Bratislava", "Central Europe Standard Time"),
    ("Europe/Ljubljana", "Central Europe Standard Time"),
    ("Europe/Belgrade", "Central Europe Standard Time"),
    ("Europe/Zagreb", "Central European Standard Time"),
    ("Europe/Sarajevo", "Central European Standard Time"),
    ("Europe/Athens", "GTB Standard Time"),
    ("Europe/Helsinki", "FLE Standard Time"),
    ("Europe/Kyiv", "FLE Standard Time"),
    ("Europe/Riga", "FLE Standard Time"),
    ("Europe/Sofia", "FLE Standard Time"),
    ("Europe/Tallinn", "FLE Standard Time"),
    ("Europe/Vilnius", "FLE Standard Time"),
    ("America/Toronto", "Eastern Standard Time"),
    ("America/Detroit", "Eastern Standard Time"),
    ("America/Indiana/Indianapolis", "US Eastern Standard Time"),
    ("America/Boise", "Mountain Standard Time"),
    ("America/Lima", "SA Pacific Standard Time"),
    ("America/Argentina/Buenos_Aires", "Argentina Standard Time"),
    ("America/Nuuk", "Greenland Standard Time"),
    ("Asia/Kolkata", "India Standard Time"),
    ("Asia/Kathmandu", "Nepal Standard Time"),
    ("Asia/Yangon", "Myanmar Standard Time"),
    ("Asia/Hong_Kong", "China Standard Time"),
    ("Asia/Macau", "China Standard Time"),
    ("Asia/Jakarta", "SE Asia Standard Time"),
    ("Asia/Saigon", "SE Asia Standard Time"),
    ("Asia/Ho_Chi_Minh", "SE Asia Standard Time"),
    ("Asia/Kuala_Lumpur", "Singapore Standard Time"),
    ("Asia/Manila", "Singapore Standard Time"),
    ("Australia/Melbourne", "AUS Eastern Standard Time"),
    ("Australia/Canberra", "AUS Eastern Standard Time"),
    ("Pacific/Guam", "West Pacific Standard Time"),
    ("Pacific/Noumea", "Central Pacific Standard Time"),
];
