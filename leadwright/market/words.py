"""Names, firms, places, titles and browsers, made up; put together they are nobody in particular."""

FIRST_NAMES = (  # noqa: SIM905  easier to read
    "Aino Alma Amir Anja Arno Astrid Bela Birte Bruno Carla Carlo Clara Dario Dina Edda Elif Emil Enno Esra Eva Fabio "
    "Femke Finn Frida Gero Greta Gustav Hanna Hugo Ida Ilse Imre Ines Isak Ivo Jana Jasper Jelena Joost Jule Kaja Kai "
    "Karel Kira Lars Lea Lena Levin Lina Lotte Luca Malin Marek Maria Mats Mia Milan Mira Nadia Nele Nico Nils Nora "
    "Olaf Ole Pavel Pia Piet Rasmus Renata Robin Rosa Ruben Sara Selma Signe Stefan Sven Tarek Tess Thea Tilda Timo "
    "Tomas Ulla Vera Viktor Wanda Willem Yara Yusuf Zoe"
).split()
LAST_NAMES = (  # noqa: SIM905  easier to read
    "Abel Acker Adler Amsel Bakker Barth Beck Berger Bielik Blom Boer Brandt Castell Conrad Dahl Dekker Dorn Dvorak "
    "Eberle Ekholm Engel Falk Fabian Fiala Fink Fischer Frey Gerber Graf Haas Hahn Hansen Hartl Haverkamp Heller Hofer "
    "Holm Horak Jansen Jensen Kaiser Keller Klein Kolar Korte Kramer Kuhn Lang Larsen Lindner Lorenz Maas Maler Marek "
    "Meier Moser Nagel Nordin Novak Nyberg Otto Pech Peters Pohl Prager Quast Rau Reimer Richter Ritter Rossi Sander "
    "Schenk Schuster Seidel Simon Sommer Stahl Steiner Sturm Sykora Tamm Thelen Urban Vogt Vos Wagner Weber Weiss "
    "Wendt Winter Wirth Zeman Ziegler Zorn"
).split()
FIRM_STEMS = (  # noqa: SIM905  easier to read
    "Alster Amber Anker Ardel Baltik Berga Birken Bode Borken Delta Drees Eider Elbtal Erlen Faber Feld Fjell Flint "
    "Gera Glimmer Hanse Harz Hela Holst Ilmen Isar Jade Jura Kante Karst Kersten Kiesel Kupfer Lahn Linden Lohe Mark "
    "Merle Mittel Morgen Nadel Neckar Nieder Nord Ober Odin Palm Perl Pfeil Quell Rhin Rode Ruhr Saale Sand Schlei "
    "Senne Silber Sonn Stein Stroh Sund Tal Tanne Trave Ufer Ulmen Veld Wald Warnow Weide Werra Wester Wipper Zinn"
).split()
TRADES = (
    ("Metallbau", "metal"),
    ("Kunststoff", "plastics"),
    ("Bakkerij", "food"),
    ("Textil", "textiles"),
    ("Glas", "glass"),
    ("Druck", "printing"),
    ("Holzwerk", "wood"),
    ("Präzision", "machining"),
    ("Keramik", "ceramics"),
    ("Molkerei", "food"),
    ("Giesserei", "metal"),
    ("Verpackung", "packaging"),
)
ENDINGS = ("GmbH", "AG", "BV", "AB", "ApS", "KG", "s.r.o.")
CITIES = (
    ("Kiel", "DE"),
    ("Hamburg", "DE"),
    ("Bremen", "DE"),
    ("Leipzig", "DE"),
    ("Kassel", "DE"),
    ("Ulm", "DE"),
    ("Graz", "AT"),
    ("Linz", "AT"),
    ("Aarhus", "DK"),
    ("Odense", "DK"),
    ("Utrecht", "NL"),
    ("Zwolle", "NL"),
    ("Malmö", "SE"),
    ("Borås", "SE"),
    ("Brno", "CZ"),
    ("Plzeň", "CZ"),
    ("Gent", "BE"),
    ("Luzern", "CH"),
)
TITLES: dict[str, tuple[str, ...]] = {
    "operations": ("Head of Operations", "Plant Manager", "Production Manager", "Shift Leader", "Head of Maintenance"),
    "energy": ("Energy Manager", "Environment and Energy Officer", "Head of Facilities", "Technical Manager"),
    "director": ("Managing Director", "Owner", "Chief Financial Officer", "Chief Executive"),
    "other": ("Student", "Consultant", "Sales Manager", "Assistant", "Web Developer", "Purchaser"),
}
QUESTIONS = (
    "Our power bill has doubled in three years and nobody can tell me why.",
    "We need readings for the audit in spring.",
    "Can you measure ovens with three phases?",
    "How long does the installation take for 40 machines?",
    "I suspect the compressor. Can you prove it?",
    "We have two halls and one fuse board. Does that work?",
    "What does it cost for 60 machines?",
    "A partner told us about you. Please call after lunch.",
)
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML) Version/18.5 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML) Chrome/141.0.0.0 Mobile Safari/537.36",
)
MACHINES = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "python-requests/2.32.4",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
)
SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
