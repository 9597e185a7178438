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
    "GB": (
        *("UK", "U.K.", "Great Britain", "Britain"),
        *("Großbritannien", "Grande-Bretagne", "Gran Bretaña", "グレートブリテン", "大不列颠"),
    ),
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
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America", "The States", "米国"),
    "VA": ("Vatican", "Holy See"),
    "VC": ("St Vincent & the Grenadines", "Saint Vincent"),
    "VG": ("BVI", "Virgin Islands (British)", "Virgin Islands"),
    "VI": ("USVI", "Virgin Islands (US)", "US Virgin Islands", "Virgin Islands"),
    "VN": ("Viet Nam",),
    "WS": ("Western Samoa",),
    "YT": ("Maore",),
    "ZA": ("RSA", "Suid-Afrika"),
}

# Natural Earth's columns that are English.
ENGLISH_COLUMNS = ("NAME", "NAME_LONG", "NAME_EN", "FORMAL_EN", "NAME_CIAWF", "NAME_SORT", "NAME_ALT")

# Aliases above, and names in those columns, that are of other languages, or another place's before the country's.
NOT_ENGLISH = frozenset(
    """
    Shqipëria|Hayastan|Österreich|Bosna i Hercegovina|België|Belgique|Belgien|Balgariya|CAR|Schweiz|Suisse|Svizzera|
    Helvetia|Zhongguo|Česko|Česká republika|BRD|Danmark|República Dominicana|Al Jazair|Eesti|Misr|Sahara Occidental|
    Suomi|Islas Malvinas|Malvinas|Føroyar|Sakartvelo|Guyane|Guyane française|Kalaallit Nunaat|La Guadeloupe|Hellas|
    Ellada|Hrvatska|Magyarország|Éire|Eire|Bharat|Hindustan|Ísland|Nippon|Nihon|Kampuchea|Qazaqstan|Lietuva|Latvija|
    Al Maghrib|Crna Gora|Makedonija|La Martinique|Nederland|Norge|Aotearoa|Pilipinas|Polska|La Réunion|Srbija|
    Rossiya|Sverige|Slovenija|Slovensko|Ukrayina|Ukraina|Maore|Suid-Afrika|Saba|Bonaire|Sint Eustatius|Antigua|
    Trinidad|Tahiti|Kerguelen|Formosa|Tanganyika|Timor|Jan Mayen|Sao Tome|Saint Kitts|Saint Vincent|Emirates|
    The States|Großbritannien|Grossbritannien|Grande-Bretagne|Gran Bretaña|グレートブリテン|米国|大不列颠
    """.replace("\n    ", "")
    .strip()
    .split("|")
)

# A city of as many people is no ordinary word, however it is typed: Shanghai.
NO_WORD_PEOPLE = 2_000_000

# ---------------------------------------------------------------- cities (GeoNames ids)

# Spelling of the capital where the two GeoNames tables differ.
CAPITALS = {"PW": "Koror", "BQ": "Kralendijk"}

# Coded as China in the source.
MACAU_PARISHES = (13527308, 13527315, 13527316, 13527318)

CITY_NAMES = {
    13117825: "Shabiyyat Milehah",  # with a Cyrillic letter in the source
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
    7874631,  # Tamuning, GU
    8504423,  # Subang Jaya, MY
    1085510,  # Epworth, ZW
    2960680,  # Colmar, LU
    412084,  # Bayt al Awabi, OM
    2657970,  # Winterthur, CH
)
# Parts that the rule does not catch, or places that carry the population of a bigger namesake.
DISTRICTS = (
    13405691,  # Liberpolis, a claim of 63 people beside Osijek
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
    6545326,  # Ursynów, PL
    776103,  # Białołeka, PL
    13580034,  # Pravyi Bereh, UA
    5950268,  # Etobicoke, CA
    2145936,  # Tuggeranong, AU
    6957690,  # Lat Krabang, TH
    290503,  # Warisan, AE
    8200824,  # Mirdif, AE
    385024,  # As Satwah, AE
    8201275,  # Hawr al Anz, AE
    13118431,  # Al Furjan, AE
    6691113,  # The Palm Jumeirah, AE
    12042053,  # Musaffah, AE
    8057551,  # Khalifah A City, AE
    13118447,  # Mohammed Bin Zayed City, AE
    12042052,  # Bani Yas City, AE
    289545,  # Umm Ghuwaylinah, QA
    12242644,  # Ath Thumamah Sabah wa Arbaun, QA
    12242646,  # Ath Thumamah Khamsun, QA
    289738,  # Madinat Khalifah, QA
    12747063,  # New Territories, HK
    1819283,  # San Tung Chung Hang, HK
    1880761,  # Boon Lay, SG
    1882316,  # Woodlands, SG
    1880739,  # Bulim, SG
    1880486,  # Loyang, SG
    12514556,  # Kota Damansara, MY
    1735162,  # Setapak, MY
    7795834,  # Selayang Baru Utara, MY
    1762110,  # Kampung Kangkar Teberau, MY
    1732747,  # Pelentong, MY
    2473164,  # Sejoumi, TN
    13132711,  # Douar Hicher, TN
    13286467,  # Suwaylih, JO
    13308287,  # Marj Al Hamam, JO
    6232192,  # New Lynn, NZ
    6232326,  # Massey East, NZ
    2187454,  # Mangere, NZ
    2187404,  # Manukau City, NZ
    2208329,  # Papakura, NZ
    3144631,  # Nesttun, NO
    6697759,  # South Dublin, IE
    12278193,  # Marne La Vallée, FR
    8555643,  # Cergy-Pontoise, FR
    863675,  # Kisela Voda, MK
    6947640,  # Beylikdüzü, TR
    7628419,  # Sultanbeyli, TR
    11205476,  # Tema New Town, GH
    2304848,  # Amanfrom, GH
    8435738,  # Haabersti, EE
    3190966,  # Sesvete, HR
    3185670,  # Fier-Çifçi, AL
    13308487,  # Bandariba, CW
    13117829,  # Jaxaay Parcelle Niakoul Rap, SN
    2247298,  # Niakoul Rab, SN
    1822827,  # Phumi Youl Toung, KH
    2240937,  # Benfica, AO
    11592398,  # Zango, AO
    12170526,  # Vila Flor, AO
    13631350,  # Ramiros, AO
    6544881,  # Amsterdam-Zuidoost, NL
    355795,  # Halwan, EG
    2624427,  # Avedøre, DK
    6691091,  # Al Karama, AE
    8469658,  # Al Warqaa, AE
    291775,  # Jumayra, AE
    13118422,  # Al Mizhar First, AE
    6232008,  # Papatoetoe, NZ
    6232064,  # Manurewa, NZ
    6232390,  # Massey, NZ
    589947,  # Nõmme, EE
    246314,  # Umm as Summaq, JO
    289511,  # Al Unayzah, QA
    6087029,  # Nepean, CA
    13494076,  # Anusawari, TH
    1613549,  # Ban Samae Dam, TH
    2304121,  # Ashaiman, GH
    2473540,  # La Marsa, TN
)
# Unknown to GeoNames in 2020, but cities all the same.
NEW_CITIES = (
    8310663,  # Central Coast, AU
    6615604,  # Blue Mountains, AU
    3901742,  # Viacha, BO
    3922037,  # Caranavi, BO
    3658501,  # Daule, EC
    1646511,  # Cilegon, ID
    2966749,  # Ballincollig, IE
    10400280,  # Barrett Town, JM
    1528124,  # Kara-Kul, KG
    1838343,  # Pyeongtaek, KR
    1842030,  # Gunpo, KR
    1520692,  # Satpayev, KZ
    618356,  # Durleşti, MD
    1283539,  # Chautara, NP
    1283546,  # Charikot, NP
    286590,  # Samail, OM
    286839,  # Qurayyat, OM
    1694781,  # Paranaque City, PH
    282993,  # Maale Adummim, PS
    3436622,  # Yby Yaú, PY
    3437824,  # Loma Plata, PY
    166285,  # Kabbasin, SY
    2367981,  # Anié, TG
    2367226,  # Sinkassé, TG
    601323,  # Qŭnghirot, UZ
    78751,  # Mocha, YE
    885792,  # Mount Hampden, ZW
    7778796,  # Moreno, AR
)
# Regions that are one city, and some land far from it.
CITY_REGIONS = ("AE.03", "NZ.E7", "TH.40", "IN.07", "ID.04", "MX.09", "AR.07", "KR.11", "SG")
# Countries whose figures became those of districts: what has grown more than fourfold since 2020 keeps its former one.
DISTRICT_POPULATIONS = ("PK",)
# These have the population of a county, district or municipality that is called so; that of 2020 is taken,
# or none where it was wrong already.
WRONG_POPULATIONS = (
    12165956,  # Kallakurichi, IN
    1723510,  # Budta, PH
    1978681,  # Malingao, PH
    1626801,  # Situbondo, ID
    6847550,  # Kota Kuala Muda, MY
    1194041,  # Mohammadpur, BD
    195272,  # Kakamega, KE
    1183460,  # Bannu, PK
    1184370,  # Arifwala, PK
    1180281,  # Dera Ismail Khan, PK
    1180942,  # Chunian, PK
    1176358,  # Jalalpur Pirwala, PK
    1185270,  # Bandarban, BD
    355449,  # Esna, EG
    353802,  # Kom Ombo, EG
    1514896,  # Isfara, TJ
    1220253,  # Istaravshan, TJ
    1514891,  # Konibodom, TJ
    147611,  # Lerik, AZ
    2620583,  # Hedensted, DK
    1790842,  # Wuzhong, CN
    1642548,  # Jepara, ID
    192785,  # Khwisero, KE
    185131,  # Mwala, KE
    187269,  # Matuga, KE
)

# What gazetteer_second leaves alone: the second list is wrong about these, or does not have them.
SECOND_IS_WRONG = (
    2693678,  # Lund, SE
    3108286,  # Terrassa, ES
    4568490,  # Utuado, PR
    7670740,  # Bambey, SN
    930629,  # Chipoka, MW
    616697,  # Garni, AM
    789629,  # Makedonska Kamenica, MK
    10630449,  # Sunshine Coast, AU
    3688452,  # Buenaventura, CO
    353219,  # 6th of October City, EG
    1253133,  # Virar, IN
    924944,  # Likoma, MW
    1668353,  # Xinying, TW
    3583471,  # San Martín, SV
    1127768,  # Aibak, AF
    360502,  # Luxor, EG
    2317765,  # Zaria, NG
    3189595,  # Subotica, RS
    109953,  # Al Bahah, SA
    108512,  # Arar, SA
    107797,  # Dhahran, SA
    105072,  # Khamis Mushait, SA
    291074,  # Ras Al Khaimah, AE
    3354071,  # Oranjemund, NA
    602913,  # Skellefteå, SE
    3515302,  # Toluca, MX
    2966022,  # Bray, IE
    293222,  # Yavne, IL
    789541,  # Kavadarci, MK
    789527,  # Kicevo, MK
    786565,  # Radovis, MK
    789045,  # Kriva Palanka, MK
    790744,  # Gevgelija, MK
    787716,  # Negotino, MK
    791559,  # Delcevo, MK
    789091,  # Kratovo, MK
    785201,  # Sveti Nikole, MK
    792257,  # Makedonski Brod, MK
    792523,  # Bogdanci, MK
)

# Names that English uses too, beside the city's own: those that GeoNames does not have among its alternate names or
# has only in small letters, and those that a smaller city bears as its own.
CITY_ALIASES = {
    "698740": ("Odessa",),
    "2910831": ("Hanover",),
    "2510911": ("Sevilla",),
    "1566083": ("Saigon",),
    "1816670": ("Peking",),
    "1275339": ("Bombay",),
    "5128581": ("New York", "NYC"),
    "5368361": ("L.A.", "LA"),
    "703448": ("Kiev",),
    "4140963": ("Washington D.C.", "Washington DC"),
    "3530597": ("Mexico D.F.", "Ciudad de México"),
    "5391959": ("San Fran", "SF"),
    "3451190": ("Rio",),
    "2548885": ("Fez",),
}

# City id -> a name of three letters that another language calls it: of those in the sources most are codes and slips.
CITY_SHORT_NAMES = {"3169070": ("Rom",)}

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
