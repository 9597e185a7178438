"""What a label means: by its siblings, its typed position, its accents, and among codes."""

import pytest

from streetclip_demo.places.candidates import parse_outline


@pytest.fixture
def read(gazetteer):
    """(level, place id or country) of each root of a text."""

    def read(text):
        return [
            (root.level, root.place and (root.place.id if root.level != "city" else root.place.country))
            for root in parse_outline(text, gazetteer).roots
        ]

    return read


@pytest.fixture
def notes(gazetteer):
    return lambda text: parse_outline(text, gazetteer).notes


def test_georgia_among_states_is_a_state(read, notes):
    assert read("Alabama\nGeorgia\nFlorida") == [
        ("region", "US.AL"),
        ("region", "US.GA"),
        ("region", "US.FL"),
    ]
    assert "'Georgia' is read as Georgia, United States" in notes("Alabama\nGeorgia\nFlorida")[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Georgia\n  Atlanta\n  Savannah", ("region", "US.GA")),
        ("Georgia\n  Batumi", ("country", "GE")),
        ("Georgia\n  Kutaisi\n  Atlanta", ("country", "GE")),
        ("Punjab\n  Ludhiana", ("region", "IN.23")),
        ("Punjab\n  Lahore", ("region", "PK.04")),
        ("Japan\n  Atlantis", ("country", "JP")),
    ],
)
def test_the_labels_below_decide_where_the_likeliest_place_has_none_of_them(read, notes, text, meant):
    assert read(text) == [meant]
    assert any("as the labels below it suggest" in note for note in notes(text)) == (
        meant[1] in ("US.GA", "IN.23")
    )


def test_georgia_among_countries_is_a_country(read):
    assert read("Armenia\nGeorgia\nTurkey")[1] == ("country", "GE")
    assert read("Georgia") == [("country", "GE")]


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Valencia\nMadrid\nSevilla", ["ES"] * 3),
        ("Valencia\nCaracas\nMaracaibo", ["VE"] * 3),
        ("London\nToronto\nOttawa", ["CA"] * 3),
        ("Portland\nBangor\nAugusta", ["US"] * 3),
        ("Armenia\nPereira\nManizales", ["CO"] * 3),
        ("San Jose\nAlajuela\nLimón", ["CR"] * 3),
        ("San Jose\nSan Diego\nOakland", ["US"] * 3),
        ("Paris\nHouston\nDallas", ["FR", "US", "US"]),  # the other is 80 times smaller
        ("London\nTokyo\nParis", ["GB", "JP", "FR"]),
        ("Birmingham\nMontgomery\nMobile", ["US"] * 3),  # England's has six times the people
        ("Valencia\nBarcelona", ["ES"] * 2),
        ("Granada\nManagua", ["NI"] * 2),
        ("Cambridge\nBoston", ["US"] * 2),
        ("Córdoba\nSevilla\nMálaga", ["ES"] * 3),
        ("Columbus\nAthens\nDublin", ["US", "GR", "IE"]),  # small ones in Ohio are not meant
        ("London\nHamilton", ["GB", "CA"]),
    ],
)
def test_siblings_decide_before_population(gazetteer, text, countries):
    assert [root.place.country for root in parse_outline(text, gazetteer).roots] == countries


@pytest.mark.parametrize(
    ("text", "ids"),  # countries or regions of the places, in the order of the lines
    [
        ("León\nBurgos", "ES.55 ES.55"),
        ("León\nManagua", "NI.08 NI.10"),
        ("Mérida\nBadajoz", "ES.57 ES.57"),
        ("Mérida\nCancún", "MX.31 MX.23"),
        ("Perth\nDundee", "GB.SCT GB.SCT"),
        ("Perth\nSydney", "AU.08 AU.02"),
        ("Alexandria\nArlington\nRichmond", "US.VA US.VA US.VA"),
        ("Alexandria\nCairo", "EG.06 EG.11"),
        ("Tripoli\nBeirut", "LB.09 LB.04"),
        ("Tripoli\nTunis\nCairo", "LY.77 TN.36 EG.11"),
        ("Venice\nLos Angeles", "IT.20 US.CA"),  # a part of a sibling is no sibling
        ("Santiago\nVigo", "ES.58 ES.58"),
        ("Santiago\nValparaíso", "CL.12 CL.01"),
        ("Cordoba\nGranada", "ES.51 ES.51"),
        ("Cordoba\nRosario", "AR.05 AR.21"),
        ("Cambridge\nBoston", "US.MA US.MA"),
        ("Cambridge\nOxford", "GB.ENG GB.ENG"),
        ("Portland\nAugusta\nBangor", "US.ME US.ME US.ME"),
        ("Portland\nSeattle", "US.OR US.WA"),
        ("Valencia\nMaracaibo", "VE.07 VE.23"),
        ("Barcelona\nCaracas", "VE.02 VE.25"),
        ("Rome\nAthens\nParis", "IT.07 GR.ESYE31 FR.11"),
        ("Victoria\nVancouver", "CA.02 CA.02"),
        ("Victoria\nMelbourne", "AU.07 AU.07"),
        ("Halifax\nLeeds", "GB.ENG GB.ENG"),
        ("Guadalajara\nMadrid", "ES.54 ES.29"),
        ("St. Petersburg\nTampa", "US.FL US.FL"),
        ("Vitoria\nRio de Janeiro", "BR.08 BR.21"),
        ("Birmingham\nCoventry\nAtlanta", "GB.ENG GB.ENG US.GA"),
    ],
)
def test_one_country_region_or_neighbourhood_decides(gazetteer, text, ids):
    def read(lines):
        outline = parse_outline("\n".join(lines), gazetteer)
        return {root.name: root.place.region for root in outline.roots}

    lines = text.split("\n")
    assert list(read(lines).values()) == ids.split()
    assert read(lines[::-1]) == read(lines)


def test_a_name_that_stands_twice_is_no_company_for_itself(gazetteer):
    twice, once = (
        parse_outline(f"{line}\nTexas", gazetteer).roots for line in ("Georgia\nGeorgia", "Georgia")
    )
    assert [root.place.id for root in twice] == [root.place.id for root in once] == ["US.GA", "US.TX"]


def test_cities_of_the_world_need_no_note(notes):
    assert notes("Rome\nAthens\nParis") == ()


def test_a_close_decision_names_both_and_how_to_write_them(notes):
    (note,) = notes("Perth\nDundee")
    assert note == (
        "Line 1: 'Perth' may be Perth, Scotland, United Kingdom or Perth, Western Australia, Australia; the first"
        " is meant here, as the labels beside it suggest. Write 'Perth, United Kingdom' or 'Perth, Australia' to say"
        " which."
    )


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Columbus\nAthens\nMacon\nSavannah", "US.GA"),
        ("Springfield\nChicago\nPeoria", "US.IL"),
        ("Manchester\nConcord\nNashua", "US.NH"),
        ("Richmond\nSurrey\nBurnaby", "CA.02"),
    ],
)
def test_siblings_in_one_region_decide_for_it(gazetteer, text, region):
    assert {root.place.region for root in parse_outline(text, gazetteer).roots} == {region}


def test_what_siblings_decide_is_told(notes):
    (note,) = notes("Birmingham\nMontgomery\nMobile")
    assert note == (
        "Line 1: 'Birmingham' is read as Birmingham, Alabama, United States, as the labels beside it suggest."
    )


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Sucre", "Sucre, Chuquisaca Department, Bolivia"),  # a city beside a region
        ("Georgia", "Georgia, United States"),  # a region beside a country
        ("Birmingham", "Birmingham, Alabama, United States"),
        ("Perth\nDundee", "Perth, Western Australia, Australia"),  # close, whichever is meant
        ("Paris\nDallas", "Paris, Texas, United States"),  # small, but in a sibling's region
        ("Tripoli", "Tripoli, North Lebanon, Lebanon"),
        ("Loja\nGranada", "Loja, Ecuador"),
    ],
)
def test_a_rival_of_any_level_is_told(notes, text, other):
    assert any("may be" in note and f"or {other};" in note for note in notes(text))


@pytest.mark.parametrize("text", ["Georgia\nArmenia", "Paris", "Palau", "Luxembourg", "Sucre\nPotosí\nOruro"])
def test_where_there_is_no_rival_nothing_is_told(notes, text):
    assert not any("may be" in note for note in notes(text))


def test_salvador_among_countries_is_one(read):
    assert read("Guatemala\nHonduras\nSalvador")[2] == ("country", "SV")


def test_siblings_inside_a_country_decide_by_region(gazetteer):
    (country,) = parse_outline(
        "United States\n  Augusta\n  Bangor\n  Lewiston\n  Waterville", gazetteer
    ).roots
    assert country.children[0].place.region == "US.ME"


def test_typed_accents_must_match(read):
    assert read("San José") == [("city", "CR")]
    assert read("San Jose") == [("city", "US")]
    assert read("Tailandia") == [("country", "TH")]
    assert read("Tailândia") == [("city", "BR")]


def test_an_ambiguous_name_has_a_note_with_both_and_how_to_write_them(notes):
    assert any(
        "'Valencia' may be Valencia, Carabobo, Venezuela or Valencia, Spain; the first is meant here. "
        "Write 'Valencia, Venezuela' or 'Valencia, Spain' to say which." in note
        for note in notes("Valencia")
    )
    assert notes("Paris") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Georgia @ 32.9, -83.4", ("region", "US.GA")),
        ("Georgia @ 42, 43.5", ("country", "GE")),
        ("Salvador @ 13.8, -88.9", ("country", "SV")),
        ("Lebanon @ 40.34, -76.42", ("city", "US")),
        ("Valencia @ 39.47, -0.38", ("city", "ES")),
        ("Paris @ 10, 10", ("label", None)),
        ("Canada @ 82.5, -62.35", ("country", "CA")),
        ("Chile @ -27.1, -109.4", ("country", "CL")),
        ("Russia @ 44.95, 34.1", ("country", "RU")),  # a border that others draw so
    ],
)
def test_a_typed_position_decides(read, text, expected):
    assert read(text) == [expected]


def test_a_position_far_from_all_of_a_name_is_told(notes):
    (note,) = notes("Paris @ 10, 10")
    assert note.startswith("Line 1: the position is 4,3")
    assert note.endswith("km from Paris, Île-de-France, France; so 'Paris' is scored as text there.")


@pytest.mark.parametrize("text", ["France @ 2.35, 48.85", "Paris @ 2.35, 48.85", "Kenya @ 36.8, -1.3"])
def test_swapped_numbers_are_told_where_the_place_is_there(notes, text):
    (note,) = notes(text)
    assert note.endswith("with its numbers swapped it would be there. Write latitude, then longitude.")


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        *[("LA", ["Los Angeles"]), ("SF", ["San Francisco"]), ("sf", []), ("SF\na desert\na beach", [])],
        *[("Rom", ["Rome"]), ("Rio", ["Rio de Janeiro"]), ("Fez\nRabat", ["Fes", "Rabat"])],
    ],
)
def test_short_names_that_cities_are_called_by_are_those_cities(gazetteer, text, cities):
    roots = parse_outline(text, gazetteer).roots
    assert [root.place.name for root in roots if root.place] == cities


@pytest.mark.parametrize("text", ["UN", "NaN", "UN\nNaN\nFrance", "France\nGermany\nNaN"])
def test_capitals_that_no_place_is_written_with_make_text(gazetteer, text):
    outline = parse_outline(text, gazetteer)
    assert {root.name for root in outline.roots if root.level == "label"} == {"UN", "NaN"} & set(text.split())
    assert "with these capitals" in outline.notes[0]


def test_a_list_in_capitals_has_places(read):
    assert read("UFA\nOMSK\nPERM") == [("city", "RU")] * 3


def test_an_accent_that_no_namesake_has_does_not_count(read):
    assert read("París") == [("city", "FR")]


def test_codes_count_among_codes_only(read, notes):
    assert read("FR\nDE\nIT") == [("country", "FR"), ("country", "DE"), ("country", "IT")]
    assert notes("FR\nDE\nIT") == (
        "Lines 1, 2 and 3: read as codes: 'FR' is France, 'DE' is Germany, 'IT' is Italy.",
    )
    assert read("IT") == read("fr") == [("label", None)]
    assert "a code counts only among other codes: 'IT' (Italy)" in notes("IT")[0]
    assert read("France\nIT\nSpain")[1] == ("label", None)
    assert read("US\nUSA\nUK\nUAE") == [("country", "US"), ("country", "GB"), ("country", "AE")]


def test_codes_of_regions_count_below_their_country(gazetteer):
    (country,) = parse_outline("United States\n  CA\n  TX", gazetteer).roots
    assert [region.place.id for region in country.children] == ["US.CA", "US.TX"]

    (country,) = parse_outline("Canada\n  ON\n  BC", gazetteer).roots
    assert [region.place.id for region in country.children] == ["CA.08", "CA.02"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("CA\nTX\nNY", ["US.CA", "US.TX", "US.NY"]),
        ("ON\nBC\nQC", ["CA.08", "CA.02", "CA.10"]),
        ("NSW\nVIC\nSA", ["AU.02", "AU.07", "AU.05"]),
        ("USA\nCA\nTX", ["US", "US.CA", "US.TX"]),
        ("CA\nDE\nMD", ["CA", "DE", "MD"]),  # countries first, where all may be
    ],
)
def test_codes_of_regions_count_among_each_other(read, text, ids):
    assert [id for _, id in read(text)] == ids


def test_a_regions_code_alone_is_text_with_a_note(read, notes):
    assert read("TX\nParis\nTokyo")[0] == ("label", None)
    assert "'TX' (Texas)" in notes("TX\nParis\nTokyo")[0]
    assert read("LA\nSF\nNYC") == [("city", "US")] * 3


def test_a_regions_code_may_follow_a_name(gazetteer):
    assert gazetteer.find("London, ON")[0].region == "CA.08"
    assert gazetteer.find("Perth, WA")[0].region == "AU.08"


def test_list_markers_are_taken_off_with_a_note(gazetteer):
    outline = parse_outline("- United States\n  - Texas\n- “Chile”", gazetteer)
    assert [root.place.id for root in outline.roots] == ["US", "CL"]
    assert outline.roots[0].children[0].name == "Texas"
    assert outline.notes == (
        "Lines 1, 2 and 3: marks of a list, numbers, letters and quotes are taken off: "
        "'- United States' is 'United States', '- Texas' is 'Texas', '- “Chile”' is 'Chile'.",
    )


@pytest.mark.parametrize("text", ["[ ] Chile\n[x] Peru", "Chile,\nPeru;", '"Chile",\n"Peru"'])
def test_boxes_and_separators_of_a_list_are_no_part_of_a_label(read, notes, gazetteer, text):
    assert [root.name for root in parse_outline(text, gazetteer).roots] == ["Chile", "Peru"]
    assert read(text) == [("country", "CL"), ("country", "PE")]
    assert notes(text)


@pytest.mark.parametrize(
    "text", ["1.Chile\n2.Peru", "a. Chile\nb. Peru", "A. Chile\nB. Peru", "I. Chile\nII. Peru"]
)
def test_numbers_and_letters_of_a_list_are_taken_off(read, notes, text):
    assert read(text) == [("country", "CL"), ("country", "PE")]
    assert "marks of a list, numbers, letters and quotes are taken off" in notes(text)[0]


def test_an_initial_is_no_letter_of_a_list(read, gazetteer):
    assert read("S. Korea") == [("country", "KR")]
    assert parse_outline("S. Peru", gazetteer).roots[0].name == "S. Peru"


def test_a_number_stays_where_it_may_belong_to_a_name(gazetteer):
    assert [root.name for root in parse_outline("1. Chile\n2. a wet street", gazetteer).roots] == [
        "Chile",
        "a wet street",
    ]
    assert parse_outline("1. Chile", gazetteer).roots[0].place.id == "CL"
    assert parse_outline("1. May", gazetteer).roots[0].name == "1. May"
    (city,) = parse_outline("'s-Hertogenbosch", gazetteer).roots
    assert (city.name, city.place.country) == ("'s-Hertogenbosch", "NL")


def test_notes_are_at_most_twenty_lines(gazetteer):
    text = "\n".join(
        f"{name} @ 1, 1"
        for name in ["Paris", "Rome", "Oslo"] * 30 + [f"Lyon, France{' ' * n}" for n in range(9)]
    )
    outline = parse_outline(
        "\n".join(f"Frence{index} {'x' * 400}" for index in range(300)) + "\n" + text, gazetteer
    )
    assert len(outline.notes) <= 20
    assert sum(map(len, outline.notes)) < 20_000


def test_two_places_of_one_name_and_region_are_told_apart_by_a_position(gazetteer, read, notes):
    (note,) = notes("Buenaventura")
    assert note == (
        "Line 1: there are two of the name Buenaventura, Valle del Cauca Department, Colombia; the likelier is meant"
        " here. Write 'Buenaventura @ 3.88, -77.03' for the other."
    )
    likelier, other = (
        parse_outline(text, gazetteer).roots[0].place for text in ("Buenaventura", note.split("'")[1])
    )
    assert likelier.id != other.id
    assert (round(other.latitude, 2), round(other.longitude, 2)) == (3.88, -77.03)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Bethlehem\nAllentown", "US"),
        ("Bethlehem\nJohannesburg", "ZA"),
        ("Odessa\nMidland", "US"),
        ("Odessa\nKyiv", "UA"),
        ("Sevilla\nMadrid", "ES"),
        ("Sevilla\nCórdoba", "ES"),
    ],
)
def test_one_sibling_is_enough_for_a_name_s_own_bearer_before_a_foreign_name(gazetteer, text, country):
    assert parse_outline(text, gazetteer).roots[0].place.country == country


@pytest.mark.parametrize(
    ("name", "place"),
    [
        # what bears the name, before what is called so in other languages
        ("Salisbury", "Salisbury GB"),
        ("Petropolis", "Petrópolis BR"),
        ("Alessandria", "Alessandria IT"),
        ("Waterloo", "Waterloo US"),
        ("Thai Nguyen", "Thai Nguyen VN"),
        # whose name people shorten, or know in another spelling
        ("Halle", "Halle (Saale) DE"),
        ("Durango", "Victoria de Durango MX"),
        ("Quezon", "Quezon City PH"),
        ("Nara", "Nara-shi JP"),
        ("Odessa", "Odesa UA"),
        ("Hanover", "Hannover DE"),
        ("Sevilla", "Seville ES"),
        # called so and nothing else is
        ("Leningrad", "Saint Petersburg RU"),
    ],
)
def test_a_city_of_that_very_name_comes_before_one_that_is_called_so_elsewhere(gazetteer, name, place):
    (root,) = parse_outline(name, gazetteer).roots
    assert f"{root.place.name} {root.place.country}" == place
