#include "person_places.h"

#include <stdio.h>

#define TOWNS         20000
#define TOWN_CHANCE   450 /* of a thousand homes */
#define UNIT_CHANCE   280
#define TOWN_SEED     UINT64_C(0x746f776e)
#define COUNT_OF(all) (sizeof(all) / sizeof((all)[0]))

/* Inhabitants in thousands and postcodes, both roughly right. */
static const char *const cities[] = {
    "New York,8300,NY,10001,280|Los Angeles,3900,CA,90001,96|Chicago,2700,IL,60601,61",
    "Houston,2300,TX,77002,99|Phoenix,1600,AZ,85003,51|Philadelphia,1600,PA,19102,53",
    "San Antonio,1450,TX,78201,66|San Diego,1380,CA,92101,55|Dallas,1300,TX,75201,88",
    "San Jose,1000,CA,95110,39|Austin,970,TX,78701,59|Jacksonville,950,FL,32202,56",
    "Fort Worth,930,TX,76102,39|Columbus,900,OH,43201,35|Indianapolis,880,IN,46201,60",
    "Charlotte,880,NC,28202,76|San Francisco,870,CA,94102,33|Seattle,740,WA,98101,99",
    "Denver,715,CO,80202,48|Washington,690,DC,20001,52|Nashville,690,TN,37201,28",
    "Oklahoma City,680,OK,73102,79|El Paso,680,TX,79901,38|Boston,675,MA,2108,29",
    "Portland,650,OR,97201,65|Las Vegas,640,NV,89101,80|Detroit,640,MI,48201,43",
    "Memphis,630,TN,38103,52|Louisville,630,KY,40202,98|Baltimore,590,MD,21201,38",
    "Milwaukee,580,WI,53202,33|Albuquerque,560,NM,87102,21|Tucson,540,AZ,85701,54",
    "Fresno,540,CA,93701,29|Sacramento,520,CA,95811,53|Mesa,500,AZ,85201,15",
    "Kansas City,500,MO,64101,58|Atlanta,500,GA,30303,45|Omaha,490,NE,68102,62",
    "Colorado Springs,480,CO,80903,40|Raleigh,470,NC,27601,16|Miami,440,FL,33125,70",
    "Long Beach,460,CA,90802,13|Virginia Beach,460,VA,23451,13|Oakland,440,CA,94601,20",
    "Minneapolis,430,MN,55401,54|Tulsa,410,OK,74103,34|Tampa,390,FL,33602,45",
    "Arlington,390,TX,76001,18|New Orleans,380,LA,70112,31|Wichita,400,KS,67202,33",
    "Cleveland,370,OH,44102,42|Bakersfield,400,CA,93301,13|Aurora,390,CO,80010,16",
    "Anaheim,350,CA,92801,8|Honolulu,350,HI,96813,13|Santa Ana,310,CA,92701,7",
    "Riverside,310,CA,92501,8|Corpus Christi,320,TX,78401,18|Lexington,320,KY,40502,16",
    "Stockton,320,CA,95202,18|Saint Louis,300,MO,63101,47|Saint Paul,310,MN,55101,30",
    "Pittsburgh,300,PA,15201,43|Cincinnati,310,OH,45202,50|Anchorage,290,AK,99501,18",
    "Henderson,320,NV,89002,15|Greensboro,300,NC,27401,10|Plano,285,TX,75023,7",
    "Newark,310,NJ,7102,13|Lincoln,290,NE,68502,26|Orlando,310,FL,32801,39",
    "Irvine,310,CA,92602,19|Toledo,270,OH,43604,20|Jersey City,290,NJ,7302,6",
    "Chula Vista,275,CA,91910,6|Durham,285,NC,27701,13|Fort Wayne,265,IN,46802,33",
    "Buffalo,275,NY,14201,28|Chandler,275,AZ,85224,6|Madison,270,WI,53703,17",
    "Lubbock,260,TX,79401,24|Scottsdale,240,AZ,85250,16|Reno,265,NV,89501,23",
    "Norfolk,240,VA,23502,22|Glendale,250,AZ,85301,10|Winston Salem,250,NC,27101,10",
    "Chesapeake,250,VA,23320,5|Irving,255,TX,75038,25|Boise,235,ID,83702,15",
    "Richmond,225,VA,23219,18|Spokane,230,WA,99201,24|Baton Rouge,225,LA,70801,20",
    "Des Moines,215,IA,50309,13|Tacoma,220,WA,98402,47|Salt Lake City,200,UT,84101,19",
    "Birmingham,200,AL,35203,46|Rochester,210,NY,14604,22|Providence,190,RI,2903,6",
    "Knoxville,190,TN,37902,37|Little Rock,200,AR,72201,27|Worcester,205,MA,1602,9",
    NULL,
};
static const char *const states[] = {
    "CA,395,900,61|TX,290,750,49|FL,215,320,29|NY,195,105,44|PA,128,150,46|IL,127,600,29",
    "OH,118,430,28|GA,107,300,19|NC,104,270,19|MI,100,480,19|NJ,93,070,19|VA,86,220,26",
    "WA,77,980,14|AZ,72,850,15|MA,70,010,17|TN,69,370,15|IN,68,460,19|MO,61,630,28|MD,61,206,13",
    "WI,59,530,19|CO,58,800,16|MN,57,550,17|SC,51,290,10|AL,50,350,19|LA,46,700,14|KY,45,400,27",
    "OR,42,970,9|OK,40,730,19|CT,36,060,9|UT,33,840,7|IA,32,500,28|NV,31,889,9|AR,30,716,13",
    "MS,30,386,11|KS,29,660,19|NM,21,870,14|NE,20,680,13|ID,18,832,6|WV,18,247,21|HI,15,967,2",
    "NH,14,030,8|ME,14,039,10|RI,11,028,2|MT,11,590,9|DE,10,197,2|SD,9,570,7|ND,8,580,8|AK,7,995,4",
    "VT,6,050,9|WY,6,820,11",
    NULL,
};
static const char *const streets[] = {
    "Main,60|Oak,40|Maple,38|Park,38|Cedar,34|Elm,34|Pine,34|Washington,36|Second,30|Third,28",
    "First,28|Lake,30|Hill,28|Walnut,26|Spring,22|North,20|Ridge,22|Lincoln,24|Church,24|Willow,20",
    "Mill,20|Sunset,20|Railroad,16|Jackson,20|Cherry,20|West,16|South,16|Center,20|Highland,20",
    "Johnson,12|Forest,18|River,20|Meadow,16|East,14|Chestnut,18|Franklin,16|Adams,14|Jefferson,16",
    "Madison,16|Dogwood,14|Hickory,14|Birch,14|Poplar,12|Spruce,12|Magnolia,10|Sycamore,12|Laurel,"
    "10",
    "Pleasant,12|Valley,14|College,12|School,10|Liberty,10|Union,10|Prospect,10|Fairview,12",
    "Woodland,12|Lakeview,10|Hillcrest,12|Ridgewood,6|Brookside,8|Riverside,10|Clinton,8|Monroe,12",
    "Harrison,8|Grant,8|Sherman,6|Court,8|Market,10|Water,8|Bridge,8|Canal,4|Front,8|Broad,8",
    "Green,8|Locust,8|Ash,6|Beech,6|Juniper,4|Hawthorne,4|Ivy,3|Heather,4|Lilac,3|Rose,4|Holly,5",
    "Deer Run,4|Fox Hollow,4|Quail,4|Eagle,5|Hunters,4|Falcon,3|Wolf Creek,2|Bear Creek,3|Stone,5",
    "Rock Creek,3|Sandy,3|Clear Lake,2|Crystal,3|Silver,3|Golden "
    "Gate,2|Orchard,6|Vineyard,2|Garden,5",
    "Farm,4|Country Club,5|Old Mill,3|Mill Creek,3|Stage Coach,2|Airport,4|Industrial,3|Commerce,3",
    "Martin Luther King,4|Kennedy,4|Roosevelt,4|Wilson,6|Taylor,5|Hamilton,4|Douglas,3|Webster,3",
    "Carroll,2|Grove,6|Summit,6|Terrace,3|Bay,4|Ocean,5|Beach,4|Harbor,4|Shore,3|Cliff,2|Canyon,3",
    "Mesa Verde,2|Sierra,3|Alta Vista,2|El Camino,3|San Pedro,2|Santa Fe,3|Buena Vista,3|Rio "
    "Grande,2",
    NULL,
};
static const char *const street_kinds[][2] = {
    {"Street", "St"}, {"Street", "St"}, {"Avenue", "Ave"}, {"Avenue", "Ave"},
    {"Road", "Rd"},   {"Drive", "Dr"},  {"Drive", "Dr"},   {"Lane", "Ln"},
    {"Court", "Ct"},  {"Place", "Pl"},  {"Way", "Way"},    {"Boulevard", "Blvd"},
};
static const char *const town_begins[] = {
    "Ash",   "Beaver", "Bel",   "Berry", "Black",  "Blue",   "Brad",  "Bridge", "Brook", "Cedar",
    "Clay",  "Clear",  "Cold",  "Cross", "Deer",   "Dun",    "East",  "Elk",    "Fair",  "Farm",
    "Fox",   "Frank",  "Glen",  "Gold",  "Grand",  "Green",  "Hamp",  "Har",    "Hart",  "Hazel",
    "Hill",  "Home",   "Iron",  "Kings", "Knox",   "Lake",   "Lan",   "Lex",    "Lin",   "Long",
    "Maple", "Mar",    "Mead",  "Mid",   "Mill",   "Mont",   "New",   "North",  "Nor",   "Oak",
    "Old",   "Orange", "Ox",    "Park",  "Pine",   "Plain",  "Plum",  "Rich",   "Ridge", "River",
    "Rock",  "Rose",   "Salem", "Sand",  "Shel",   "Silver", "South", "Spring", "Stan",  "Stone",
    "Sum",   "Thorn",  "Union", "Wake",  "Walnut", "West",   "White", "Wil",    "Win",   "Wood",
};
static const char *const town_ends[] = {
    "ville", "ton",   "field", "burg",   "ford",     "wood",     "dale",   "port",   "land",
    "view",  "mont",  "ham",   "bury",   "side",     "brook",    "haven",  "bridge", "worth",
    "stead", "grove", " City", " Falls", " Springs", " Heights", " Creek",
};

void person_places_load(person_places *places) {
    word_table_load(&places->cities, cities);
    word_table_load(&places->states, states);
    word_table_load(&places->streets, streets);
    word_table_load(&places->han_cities, person_han_city_lines);
    word_table_load(&places->han_streets, person_han_street_lines);
}

/* A small town is a pure function of its number: its name, its state, its one postcode. */
static size_t town_state(const person_places *places, uint32_t town) {
    person_random random = {TOWN_SEED, (uint64_t)town * 4};
    return word_table_draw(&places->states, &random);
}

static uint32_t town_postcode(const person_places *places, uint32_t town) {
    person_random random = {TOWN_SEED, (uint64_t)town * 4 + 1};
    size_t state = town_state(places, town);
    uint32_t begin = word_table_number(&places->states, state, 2);
    return begin * 100 +
           person_draw_below(&random, 100 * word_table_number(&places->states, state, 3));
}

static void write_town(uint32_t town, char out[WORD_BYTES]) {
    person_random random = {TOWN_SEED, (uint64_t)town * 4 + 2};
    const char *begin = town_begins[person_draw_below(&random, COUNT_OF(town_begins))];
    snprintf(out, WORD_BYTES, "%s%s", begin,
             town_ends[person_draw_below(&random, COUNT_OF(town_ends))]);
}

static void draw_city(const person_places *places, person_random *random, person_place *place) {
    place->is_town = person_draw_chance(random, TOWN_CHANCE);
    if (place->is_town) {
        place->city = person_draw_below(random, TOWNS);
        place->postcode = town_postcode(places, place->city);
    } else {
        place->city = (uint32_t)word_table_draw(&places->cities, random);
        place->postcode =
            word_table_number(&places->cities, place->city, 3) +
            person_draw_below(random, word_table_number(&places->cities, place->city, 4));
    }
}

person_place person_draw_place(const person_places *places, bool is_chinese,
                               person_random *random) {
    person_place place = {.is_chinese = is_chinese};
    if (is_chinese) {
        person_draw_han_place(places, random, &place);
        return place;
    }
    draw_city(places, random, &place);
    place.street = (uint16_t)word_table_draw(&places->streets, random);
    place.kind = (uint8_t)person_draw_below(random, COUNT_OF(street_kinds));
    place.number = 1 + person_draw_below(random, person_draw_chance(random, 500) ? 400 : 9900);
    place.has_unit = person_draw_chance(random, UNIT_CHANCE);
    place.unit = 1 + person_draw_below(random, 60);
    return place;
}

void person_write_place(const person_places *places, const person_place *place,
                        person_place_style style, person_address *out) {
    if (place->is_chinese) {
        person_write_han_place(places, place, style.script, out);
        return;
    }
    char street[WORD_BYTES];
    int size = snprintf(out->line, sizeof out->line, "%u %s %s", place->number,
                        word_table_field(&places->streets, place->street, 0, street),
                        street_kinds[place->kind][style.shortened]);
    if (place->has_unit) {
        snprintf(out->line + size, sizeof out->line - (size_t)size,
                 style.shortened ? " #%u" : ", Apt %u", place->unit);
    }
    snprintf(out->postcode, sizeof out->postcode, "%05u", place->postcode);
    if (place->is_town) {
        write_town(place->city, out->city);
        word_table_field(&places->states, town_state(places, place->city), 0, out->state);
    } else {
        word_table_field(&places->cities, place->city, 0, out->city);
        word_table_field(&places->cities, place->city, 2, out->state);
    }
}
