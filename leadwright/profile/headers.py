"""What other systems and other languages call the fields of a contact: likeliest first, as `mappings.bare` spells it.

English, German, French, Spanish, Italian, Dutch, Portuguese, Polish and some more.
"""

from collections.abc import Mapping


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HEADERS: Mapping[str, tuple[str, ...]] = {
    "email": _names(
        """
        emailaddress email1value emailaddress1 primaryemail workemail businessemail mail emailwork eaddress
        emailid emailadresse email1address mailadresse emailaddresses adresseemail adressemail courriel
        correo correoelectronico direcciondecorreo indirizzoemail postaelettronica emailadres
        enderecodeemail correioeletronico adresemail adrespocztyelektronicznej epost epostadress sahkoposti
        почта электроннаяпочта メール メールアドレス
        """
    ),
    "external_id": _names(
        """
        recordid contactid id leid customerid leadid personid userid contactrecordid hubspotid crmid
        kundennummer kundennr numerodeclient numerocliente klantnummer numerklienta
        """
    ),
    "first_name": _names(
        """
        firstname givenname forename fname vorname prenom nombre rufname voornaam primeironome primernombre
        nome imie fornamn etunimi имя
        """
    ),
    "last_name": _names(
        """
        lastname familyname surname lname nachname nom apellido apellidos familienname zuname nomdefamille
        cognome achternaam sobrenome ultimonome apelido nazwisko efternamn sukunimi фамилия
        """
    ),
    "name": _names(
        """
        fullname contactname displayname name vollernamename vollstandigername vorundnachname
        ansprechpartner nomcomplet nometprenom prenometnom nombrecompleto nombreyapellidos nomecompleto
        nomeecognome volledigenaam naam contactpersoon imieinazwisko фио 氏名 customername person
        """
    ),
    "title": _names(
        """
        jobtitle position organization1title organizationtitle role occupation title jobposition funktion
        stelle beruf berufsbezeichnung poste fonction cargo puesto ruolo functie functietitel funcao
        stanowisko должность
        """
    ),
    "company": _names(
        """
        companyname organization organisation organization1name organizationname account accountname
        associatedcompany employer firma firm business unternehmen firmenname societe entreprise
        raisonsociale empresa compania azienda societa ragionesociale bedrijf bedrijfsnaam organisatie
        nazwafirmy spolka foretag yritys компания 会社名
        """
    ),
    "company_domain": _names(
        """
        website websiteurl webpage companydomain domain companydomainname url webseite internetseite
        homepage internet www siteweb sitioweb paginaweb sitoweb strona stronawww site
        """
    ),
    "phone": _names(
        """
        phonenumber businessphone workphone primaryphone phone1value mobilephone mobile telephone tel
        mobilephonenumber telefon cell cellphone phone1 rufnummer telefonnummer mobil mobiltelefon handy
        telefongeschaftlich numerodetelephone portable telefono numerodetelefono movil cellulare telefoon
        telefoonnummer mobiel telefone celular numertelefonu telefonkomorkowy телефон 電話番号 companymainphone
        homephone
        """
    ),
    "country": _names(
        """
        countryregion businesscountry businesscountryregion mailingcountry cc land countrycode homecountry
        pays pais paese nazione kraj landcode laendercode codepays страна
        """
    ),
    "city": _names(
        """
        businesscity mailingcity town homecity ort stadt ville wohnort ciudad citta stad plaats woonplaats
        cidade localidade localidad miasto miejscowosc город
        """
    ),
    "language": _names(
        """
        preferredlanguage lang locale sprache langue idioma lingua taal jezyk
        """
    ),
    "time_zone": _names(
        """
        timezone
        """
    ),
    "owner": _names(
        """
        contactowner ownername recordowner leadowner
        """
    ),
    "created_at": _names(
        """
        createdate createddate createdat created confirmtime optintime connectedon datecreated signupdate
        erstelltam angelegtam erstellt datedecreation creele fechadecreacion datacreazione aangemaaktop
        datadecriacao datautworzenia
        """
    ),
}
