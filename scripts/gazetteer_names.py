"""Names and codes that people decided on, for build_gazetteer.py: each corrects or adds to the sources."""

# ---------------------------------------------------------------- polygons (Natural Earth's ADM0_A3)

# Bases and reefs that have no ISO code go to the country whose land or claim Natural Earth shows them with.
MERGED_POLYGONS = {
    "ESB": "CY",
    "WSB": "CY",
    "USG": "CU",
    "BRI": "BR",
    "CSI": "AU",
    "ATC": "AU",
    "CLP": "FR",
}
# Bir Tawil, Spratly Islands, Scarborough Reef: nobody's, or everybody's.
DROPPED_POLYGONS = ("BRT", "PGA", "SCR")

# Territories with a code of their own inside another polygon: new code -> (owner, test of a part's point).
CARVED = {
    "GF": ("FR", lambda latitude, longitude: longitude < -50 and 0 < latitude < 10),
    "GP": ("FR", lambda latitude, longitude: longitude < -60 and 15.7 < latitude < 17),
    "MQ": ("FR", lambda latitude, longitude: longitude < -60 and 14 < latitude < 15.2),
    "RE": ("FR", lambda latitude, longitude: longitude > 50 and latitude < -20),
    "YT": ("FR", lambda latitude, longitude: 40 < longitude < 50 and -20 < latitude < 0),
    "BV": ("NO", lambda latitude, longitude: latitude < 0),
    "SJ": ("NO", lambda latitude, longitude: latitude > 74 or (latitude > 70.5 and longitude < -5)),
    "BQ": ("NL", lambda latitude, longitude: longitude < -60),
    "TK": ("NZ", lambda latitude, longitude: latitude > -15),
    "CX": ("AU", lambda latitude, longitude: -12 < latitude < -9 and 105 < longitude < 106),
    "CC": ("AU", lambda latitude, longitude: -13 < latitude < -11 and 96 < longitude < 98),
}

# ---------------------------------------------------------------- countries

CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
CONTINENT_OF = {"TL": "AS"}  # GeoNames has Oceania; the United Nations, and most atlases, Asia

COUNTRY_NAMES = {
    "AX": "Åland Islands",
    "BL": "Saint Barthélemy",
    "BQ": "Caribbean Netherlands",
    "CC": "Cocos (Keeling) Islands",
    "CW": "Curaçao",
    "MO": "Macau",
    "NL": "Netherlands",
    "PN": "Pitcairn Islands",
    "PS": "Palestine",
    "RE": "Réunion",
    "ST": "São Tomé and Príncipe",
    "TL": "Timor-Leste",
    "VA": "Vatican City",
}

# Beside Natural Earth's names in 26 languages. One name may stand for two countries ("Congo", "Korea").
COUNTRY_ALIASES = {
    "AE": ("UAE", "Emirates"),
    "AG": ("Antigua",),
    "AL": ("Shqipëria",),
    "AM": ("Hayastan",),
    "AT": ("Österreich",),
    "BA": ("Bosnia", "Bosnia & Herzegovina", "Bosnia-Herzegovina", "Bosna i Hercegovina"),
    "BE": ("België", "Belgique", "Belgien"),
    "BG": ("Balgariya",),
    "BH": ("Kingdom of Bahrain",),
    "BN": ("Brunei Darussalam",),
    "BQ": ("Bonaire", "Bonaire, Sint Eustatius and Saba", "Sint Eustatius", "Saba"),
    "BS": ("The Bahamas",),
    "BY": ("Belorussia", "Byelorussia", "White Russia"),
    "CC": ("Cocos Islands", "Keeling Islands"),
    "CD": (
        "DR Congo",
        "DRC",
        "D.R. Congo",
        "Congo",
        "Congo-Kinshasa",
        "Congo (Kinshasa)",
        "Congo (Democratic Republic)",
        "Democratic Republic of Congo",
        "Congo, Democratic Republic of the",
        "Zaire",
    ),
    "CF": ("CAR",),
    "CG": (
        "Congo",
        "Republic of Congo",
        "Congo Republic",
        "Congo-Brazzaville",
        "Congo (Brazzaville)",
        "Congo (Republic)",
        "Congo, Republic of the",
    ),
    "CH": ("Schweiz", "Suisse", "Svizzera", "Helvetia"),
    "CI": ("Côte d'Ivoire", "Cote d Ivoire", "Cote Ivoire"),
    "CN": ("PRC", "People's Republic of China", "Mainland China", "Zhongguo"),
    "CV": ("Cape Verde", "Cape Verde Islands"),
    "CX": ("Christmas I.",),
    "CZ": ("Czech Republic", "Czech Rep.", "Česko", "Česká republika"),
    "DE": ("Federal Republic of Germany", "BRD", "FRG"),
    "DK": ("Danmark",),
    "DO": ("Dominican Rep.", "República Dominicana"),
    "DZ": ("Al Jazair",),
    "EE": ("Eesti",),
    "EG": ("Misr",),
    "EH": ("Sahrawi Arab Democratic Republic", "Sahara Occidental"),
    "FI": ("Suomi",),
    "FK": ("Falklands", "Malvinas", "Islas Malvinas"),
    "FM": ("Federated States of Micronesia",),
    "FO": ("Faroes", "Faeroe Islands", "Føroyar"),
    "GB": ("UK", "U.K.", "Great Britain", "Britain"),
    "GE": ("Republic of Georgia", "Sakartvelo"),
    "GF": ("Guyane", "Guyane française"),
    "GL": ("Kalaallit Nunaat",),
    "GP": ("La Guadeloupe",),
    "GR": ("Hellas", "Ellada"),
    "HK": ("Hong Kong SAR", "Hongkong"),
    "HR": ("Hrvatska",),
    "HU": ("Magyarország",),
    "IE": ("Éire", "Republic of Ireland", "Eire"),
    "IN": ("Bharat", "Hindustan"),
    "IR": ("Persia", "Islamic Republic of Iran"),
    "IS": ("Ísland",),
    "JP": ("Nippon", "Nihon"),
    "KG": ("Kirghizia", "Kirgizstan", "Kyrgyz Republic"),
    "KH": ("Kampuchea",),
    "KN": ("St Kitts & Nevis", "Saint Kitts"),
    "KP": ("DPRK", "Korea", "Korea, North", "Democratic People's Republic of Korea"),
    "KR": ("ROK", "Korea", "Korea, South", "Republic of Korea"),
    "KZ": ("Qazaqstan", "Kazakstan"),
    "LA": ("Lao PDR", "Lao People's Democratic Republic"),
    "LK": ("Ceylon",),
    "LT": ("Lietuva",),
    "LV": ("Latvija",),
    "MA": ("Al Maghrib",),
    "MD": ("Republic of Moldova", "Moldavia"),
    "ME": ("Crna Gora",),
    "MF": ("Saint-Martin", "Collectivity of Saint Martin"),
    "MK": ("Macedonia", "FYROM", "Republic of Macedonia", "Makedonija"),
    "MM": ("Burma",),
    "MO": ("Macao", "Macau SAR"),
    "MQ": ("La Martinique",),
    "MV": ("Maldive Islands",),
    "NL": ("Holland", "The Netherlands", "Nederland"),
    "NO": ("Norge",),
    "NZ": ("Aotearoa",),
    "PF": ("Tahiti",),
    "PG": ("PNG", "Papua-New Guinea"),
    "PH": ("Philippine Islands", "Pilipinas"),
    "PL": ("Polska",),
    "PN": ("Pitcairn",),
    "PS": (
        "Palestinian Territories",
        "State of Palestine",
        "Occupied Palestinian Territory",
        "West Bank and Gaza",
    ),
    "RE": ("La Réunion", "Reunion Island"),
    "RO": ("Rumania", "Roumania"),
    "RS": ("Srbija",),
    "RU": ("Russian Federation", "Rossiya"),
    "SA": ("KSA",),
    "SE": ("Sverige",),
    "SH": ("Saint Helena, Ascension and Tristan da Cunha",),
    "SI": ("Slovenija",),
    "SJ": ("Svalbard", "Spitsbergen", "Jan Mayen"),
    "SK": ("Slovensko", "Slovak Republic"),
    "ST": ("Sao Tome & Principe", "Sao Tome"),
    "SX": ("St Maarten",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TF": ("Kerguelen",),
    "TH": ("Siam",),
    "TK": ("Tokelau Islands",),
    "TL": ("East Timor", "Timor Leste", "Timor"),
    "TR": ("Türkiye", "Turkiye"),
    "TT": ("Trinidad & Tobago", "Trinidad"),
    "TW": ("Formosa", "Taiwan, China", "Chinese Taipei", "Republic of China"),
    "TZ": ("United Republic of Tanzania", "Tanganyika"),
    "UA": ("Ukrayina", "Ukraina"),
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America", "The States"),
    "VA": ("Vatican", "Holy See"),
    "VC": ("St Vincent & the Grenadines", "Saint Vincent"),
    "VG": ("BVI", "Virgin Islands (British)", "Virgin Islands"),
    "VI": ("USVI", "Virgin Islands (US)", "US Virgin Islands", "Virgin Islands"),
    "VN": ("Viet Nam",),
    "WS": ("Western Samoa",),
    "YT": ("Maore",),
    "ZA": ("RSA", "Suid-Afrika"),
}

# ---------------------------------------------------------------- cities (GeoNames ids)

# Spelling of the capital where the two GeoNames tables differ.
CAPITALS = {"PW": "Koror", "BQ": "Kralendijk"}

# Coded as China in the source.
MACAU_PARISHES = (13527308, 13527315, 13527316, 13527318)

CITY_NAMES = {
    255683: "Patras",
    261745: "Heraklion",
    330186: "Adama",
    57289: "Hargeisa",
    687700: "Zaporizhzhia",
    689558: "Vinnytsia",
    700569: "Mykolaiv",
    703845: "Kryvyi Rih",
    99071: "New Mosul",
    99532: "Basra",
    104515: "Mecca",
    109223: "Medina",
    388349: "Old Basra",
    520555: "Nizhny Novgorod",
    1282027: "Malé",
    2028462: "Ulaanbaatar",
    2510911: "Seville",
    2624652: "Aarhus",
    2659811: "Lucerne",
    2797656: "Ghent",
    2800931: "Bruges",
    2886242: "Cologne",
    3998655: "León",
    4034561: "Faa'a",
    6077243: "Montreal",
    6325494: "Quebec City",
    6611854: "Naypyidaw",
}

# Cities that the rule would call parts of a bigger one.
NOT_DISTRICTS = (
    99072,  # Mosul
    99532,  # Basra
    701822,  # Mariupol
    1280737,  # Lhasa
    1606147,  # Songkhla
    3837213,  # San Juan, Argentina
)
# Parts that the rule does not catch, or places that carry the population of a bigger namesake.
DISTRICTS = (
    99071,  # New Mosul
    248460,  # Khuraybat as Suq, Amman
    248583,  # Hayy Khilda, Amman
    292261,  # Dayrah, Dubai
    388349,  # Old Basra
    590775,  # Lasnamäe, Tallinn
    596713,  # Naujoji Vilnia, Vilnius
    747323,  # Esenyurt, Istanbul
    1258393,  # Rasapudipalem, Visakhapatnam
    1261809,  # Narela, Delhi
    1262111,  # Najafgarh, Delhi
    1512296,  # Yunusobod, Tashkent
    1608236,  # Nong Khaem, Bangkok
    1608258,  # Nong Chok, Bangkok
    1618177,  # Ban Khlong Prawet, Bangkok
    1679136,  # Chang-hua, a second Changhua
    1771023,  # Kampung Baru Subang
    1852139,  # Shinagawa in Kochi: Tokyo's population
    1863905,  # Honcho
    1865689,  # Aihara
    2294665,  # Teshi Old Town, Accra
    4645421,  # New South Memphis
    7026886,  # Sai Mai, Bangkok
    7628420,  # Sancaktepe, Istanbul
    7758790,  # Kikolo, Luanda
    8469668,  # International City, Dubai
    8469788,  # Dubai Marina
    10346824,  # Nilüfer, Bursa
    11071484,  # Latkrabang, Bangkok
    11524601,  # Jebel Ali, Dubai
    11836117,  # Suginami in Ibaraki: Tokyo's population
    12747032,  # East Helsinki
    12750654,  # Mukim Pulai, Johor Bahru
    13118225,  # Bukit Rahman Putra
    13494069,  # Khlong Sam Wa, Bangkok
    13527052,  # Chengguan Qu, Lhasa
)

# Names that GeoNames does not have among a city's alternate names, or has only in small letters.
CITY_ALIASES = {
    "1566083": ("Saigon",),
    "1816670": ("Peking",),
    "1275339": ("Bombay",),
    "5128581": ("New York", "NYC"),
    "5368361": ("L.A.", "LA"),
    "703448": ("Kiev",),
    "4140963": ("Washington D.C.", "Washington DC"),
    "3530597": ("Mexico D.F.", "Ciudad de México"),
    "5391959": ("San Fran", "SF"),
}

# Scripts other than Latin: Latin marks are those of a transliteration, which English leaves out. Vietnam's
# tone marks are letters, but English has dropped those of the names it knows (Hanoi, Da Nang).
OTHER_SCRIPTS = frozenset(
    [
        "AE",
        "AF",
        "AM",
        "BD",
        "BG",
        "BH",
        "BT",
        "BY",
        "CN",
        "CY",
        "EG",
        "ER",
        "ET",
        "GE",
        "GR",
        "IL",
        "IN",
        "IQ",
        "IR",
        "JO",
        "JP",
        "KG",
        "KH",
        "KP",
        "KR",
        "KW",
        "KZ",
        "LA",
        "LB",
        "LK",
        "LY",
        "MK",
        "MM",
        "MN",
        "MV",
        "NP",
        "OM",
        "PK",
        "PS",
        "QA",
        "RU",
        "SA",
        "SD",
        "SY",
        "TH",
        "TJ",
        "TW",
        "UA",
        "VN",
        "YE",
    ]
)
APOSTROPHES_KEPT = frozenset(["CN", "JP", "KP", "KR"])  # Xi'an

# ---------------------------------------------------------------- regions (GeoNames "CC.code")

REGION_NAMES = {
    "AR.05": "Córdoba",
    "AR.07": "Buenos Aires City",
    "AR.08": "Entre Ríos",
    "AR.15": "Neuquén",
    "AR.16": "Río Negro",
    "AR.24": "Tucumán",
    "KZ.02": "Almaty City",
    "KZ.06": "Atyrau",
    "RU.01": "Adygea",
    "RU.03": "Altai Republic",
    "RU.06": "Arkhangelsk Oblast",
    "RU.08": "Bashkortostan",
    "RU.11": "Buryatia",
    "RU.13": "Chelyabinsk Oblast",
    "RU.16": "Chuvashia",
    "RU.19": "Ingushetia",
    "RU.22": "Kabardino-Balkaria",
    "RU.24": "Kalmykia",
    "RU.27": "Karachay-Cherkessia",
    "RU.29": "Kemerovo Oblast",
    "RU.30": "Khabarovsk Krai",
    "RU.31": "Khakassia",
    "RU.32": "Khanty-Mansi",
    "RU.42": "Leningrad Oblast",
    "RU.44": "Magadan Oblast",
    "RU.45": "Mari El",
    "RU.46": "Mordovia",
    "RU.48": "Moscow",
    "RU.49": "Murmansk Oblast",
    "RU.56": "Oryol Oblast",
    "RU.59": "Primorsky Krai",
    "RU.61": "Rostov Oblast",
    "RU.66": "Saint Petersburg",
    "RU.68": "North Ossetia",
    "RU.70": "Stavropol Krai",
    "RU.73": "Tatarstan",
    "RU.79": "Tuva",
    "RU.80": "Udmurtia",
    "RU.81": "Ulyanovsk Oblast",
    "RU.92": "Kamchatka",
    "RU.93": "Zabaykalsky Krai",
}
REGION_ALIASES = {
    "AU.01": ("ACT", "Canberra region"),
    "AU.02": ("NSW",),
    "BR.07": ("Distrito Federal",),
    "CA.02": ("BC",),
    "CA.05": ("Newfoundland", "Labrador"),
    "CA.09": ("PEI",),
    "CA.10": ("Québec",),
    "CN.14": ("Xizang",),
    "CN.20": ("Nei Mongol",),
    "DE.02": ("Bayern",),
    "ES.51": ("Andalucía",),
    "ES.56": ("Catalunya", "Cataluña"),
    "IN.21": ("Orissa",),
    "IN.22": ("Pondicherry",),
    "IN.39": ("Uttaranchal",),
    "IT.16": ("Toscana",),
    "RU.29": ("Kuzbass",),
    "RU.32": ("Yugra",),
    "RU.63": ("Yakutia",),
    "US.DC": ("Washington D.C.", "Washington DC"),
}
# Words that a region's name does without: "Yaroslavl" finds "Yaroslavl Oblast".
REGION_WORDS = frozenset(
    [
        "oblast",
        "oblasti",
        "oblisi",
        "republic",
        "republics",
        "kray",
        "krai",
        "province",
        "region",
        "state",
        "prefecture",
        "county",
        "of",
        "governorate",
        "department",
        "district",
        "voivodeship",
        "canton",
        "division",
    ]
)
