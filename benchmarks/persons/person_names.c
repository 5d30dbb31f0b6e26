#include "person_names.h"

#include <stdio.h>

#define MILLION 1000000

/*
 * The frequencies are our own estimates for people born 1935 to 2010 in the United States, in about
 * one of a hundred thousand of their gender; the short forms are common knowledge.
 */
static const char *const men[] = {
    "James,3100,Jim,Jimmy,Jamie|John,2900,Jack,Johnny,Jon|Robert,2850,Bob,Rob,Bobby,Robbie,Bert",
    "Michael,2700,Mike,Mick,Mickey|William,2150,Bill,Will,Billy,Liam,Willie|David,2250,Dave,Davy",
    "Richard,1450,Rick,Dick,Rich,Richie|Joseph,1450,Joe,Joey|Thomas,1400,Tom,Tommy",
    "Christopher,1350,Chris,Kit,Topher|Charles,1300,Charlie,Chuck,Chas|Daniel,1300,Dan,Danny",
    "Matthew,1200,Matt,Matty|Anthony,1050,Tony|Mark,1050|Steven,950,Steve|Andrew,950,Andy,Drew",
    "Joshua,900,Josh|Paul,850|Kenneth,850,Ken,Kenny|Brian,850|Kevin,800|George,780,Georgie",
    "Donald,750,Don,Donnie|Ronald,700,Ron,Ronnie|Timothy,720,Tim,Timmy|Jason,700,Jay",
    "Edward,690,Ed,Eddie,Ted,Ned|Jeffrey,660,Jeff|Ryan,640|Jacob,620,Jake|Gary,560|Eric,560,Rick",
    "Nicholas,560,Nick,Nicky|Jonathan,560,Jon,Jonny|Stephen,540,Steve|Larry,500|Justin,500",
    "Scott,480|Brandon,470|Frank,460,Frankie|Benjamin,450,Ben,Benny,Benji|Gregory,430,Greg",
    "Samuel,430,Sam,Sammy|Raymond,420,Ray|Patrick,400,Pat,Paddy|Alexander,440,Alex,Al,Sandy",
    "Jack,320|Dennis,360,Denny|Jerry,350|Tyler,340,Ty|Aaron,330|Henry,330,Hank,Harry|Jose,390",
    "Douglas,310,Doug|Peter,310,Pete|Adam,310|Nathan,310,Nate|Zachary,310,Zach,Zack|Kyle,280",
    "Walter,270,Walt,Wally|Harold,250,Hal,Harry|Jeremy,270,Jerry|Carl,250|Keith,240|Roger,230",
    "Gerald,230,Gerry,Jerry|Ethan,250|Arthur,230,Art,Artie|Terry,220|Christian,240,Chris",
    "Lawrence,220,Larry,Lawrie|Sean,230|Austin,220|Joe,200|Noah,260|Jesse,200,Jess|Albert,200,Al,"
    "Bert",
    "Bryan,200|Billy,180|Bruce,190|Willie,170|Jordan,200|Dylan,190|Alan,190,Al|Ralph,170",
    "Gabriel,190,Gabe|Roy,160|Juan,210|Wayne,170|Eugene,150,Gene|Logan,190|Randy,160|Louis,160,Lou",
    "Russell,150,Russ|Vincent,150,Vince,Vinny|Philip,180,Phil|Bobby,130|Johnny,130|Bradley,150,"
    "Brad",
    "Luis,170|Carlos,170|Victor,140,Vic|Martin,140,Marty|Ernest,120,Ernie|Todd,140|Craig,140",
    "Stanley,110,Stan|Shawn,140|Travis,130|Dale,110|Leonard,110,Leo,Lenny|Alfred,100,Alf,Fred",
    "Francis,100,Frank,Fran|Nathaniel,120,Nate,Nat|Frederick,110,Fred,Freddie|Jeffery,100,Jeff",
    "Marcus,120,Marc|Allen,110,Al|Antonio,120,Tony|Norman,90,Norm|Curtis,110,Curt|Rodney,100,Rod",
    "Manuel,110,Manny|Phillip,110,Phil|Howard,90,Howie|Chad,110|Joel,110|Jesus,120|Mario,90",
    "Melvin,80,Mel|Isaac,110,Ike|Theodore,90,Ted,Teddy,Theo|Edwin,90,Ed,Eddie|Derek,110|Alex,120",
    "Leon,70|Calvin,80,Cal|Lee,80|Jared,100|Barry,80|Troy,90|Ricardo,80,Ric|Clarence,70|Evan,120",
    "Cody,110|Luke,130|Mason,130|Caleb,120|Miguel,100|Francisco,90,Paco,Frank|Jorge,80|Pedro,60",
    "Alejandro,70,Alex|Fernando,50|Hector,50|Sergio,50|Raul,45|Oscar,70|Ruben,60|Ramon,50",
    "Cameron,110,Cam|Connor,100|Hunter,100|Elijah,120,Eli|Lucas,120,Luke|Aiden,110|Owen,90|Ian,100",
    "Seth,80|Garrett,70|Brett,80|Spencer,60|Dustin,80|Derrick,60|Casey,60|Corey,80|Darren,70",
    "Darryl,60|Dwayne,50|Glenn,80|Gordon,50,Gord|Herbert,60,Herb,Bert|Lloyd,45|Clifford,50,Cliff",
    "Harvey,35|Bernard,55,Bernie|Cecil,30|Chester,35,Chet|Floyd,35|Gilbert,40,Gil|Hugh,35,Hughie",
    "Leroy,40|Lewis,40,Lew|Marvin,60,Marv|Maurice,45,Moe|Max,60|Maxwell,40,Max|Mitchell,70,Mitch",
    "Neil,50|Nelson,35|Oliver,60,Ollie|Preston,45|Randall,70,Randy|Reginald,45,Reg,Reggie|Rex,25",
    "Ross,40|Salvatore,25,Sal|Sidney,30,Sid|Simon,35|Terrence,50,Terry|Tristan,45|Vernon,40,Vern",
    "Warren,50|Wesley,60,Wes|Xavier,50|Angelo,35|Arnold,40,Arnie|Blake,70|Clayton,45,Clay",
    "Colin,60|Dominic,50,Dom,Nick|Elliot,25|Eduardo,50,Eddie|Felix,25|Gavin,60|Ivan,45|Jeremiah,65,"
    "Jerry",
    "Julian,60|Karl,40|Kurt,40|Leo,50|Levi,60|Lonnie,30|Micah,35|Morris,25|Omar,45|Perry,30|Rafael,"
    "45,Rafe",
    "Roberto,50,Bob|Roland,30|Solomon,15,Sol|Stuart,35,Stu|Tony,60|Trevor,70|Tucker,25|Vladimir,8",
    "Wilbur,15|Zane,20|Abraham,35,Abe|Adrian,70|Ahmed,15|Ali,20|Amir,15|Andre,55|Boris,6|Dmitri,6",
    "Emanuel,25,Manny|Enrique,35|Ezra,20|Giovanni,30|Igor,5|Ismael,25|Jamal,30|Javier,55|Kareem,12",
    "Malik,25|Mohammed,45,Mo|Nikolai,5|Pablo,30|Rashid,10|Sanjay,12|Vikram,8|Yusuf,10|Ziad,5",
    NULL,
};
static const char *const women[] = {
    "Mary,2700,Molly,Polly,Mamie|Patricia,1650,Pat,Patty,Trish,Tricia|Jennifer,1600,Jen,Jenny",
    "Linda,1450,Lindy|Elizabeth,1500,Liz,Beth,Betty,Lizzie,Eliza,Libby|Barbara,1200,Barb,Babs",
    "Susan,1150,Sue,Susie,Suzy|Jessica,1100,Jess,Jessie|Sarah,1050,Sally|Karen,950|Lisa,950",
    "Nancy,900,Nan|Margaret,900,Maggie,Peggy,Meg,Marge,Greta|Betty,700|Sandra,830,Sandy",
    "Ashley,830,Ash|Kimberly,810,Kim|Emily,850,Em,Emmy|Donna,760|Michelle,800,Shelly|Carol,720",
    "Amanda,760,Mandy|Melissa,740,Missy,Mel|Deborah,720,Deb,Debbie|Stephanie,720,Steph,Stevie",
    "Dorothy,600,Dot,Dottie|Rebecca,720,Becky,Becca|Sharon,640|Laura,660,Laurie|Cynthia,640,Cindy",
    "Amy,620|Kathleen,580,Kathy,Kate|Angela,620,Angie|Shirley,480|Brenda,520|Emma,600,Em|Anna,600,"
    "Annie",
    "Pamela,490,Pam|Nicole,540,Nicky,Nikki|Samantha,540,Sam,Sammie|Katherine,560,Kate,Kathy,Katie,"
    "Kitty",
    "Christine,460,Chris,Tina,Christy|Helen,440,Nell|Debra,440,Deb,Debbie|Rachel,460|Carolyn,410,"
    "Carrie",
    "Janet,390,Jan|Maria,460,Mia|Catherine,430,Cathy,Kate,Cate|Heather,420|Diane,380,Di|Olivia,420,"
    "Liv",
    "Julie,390,Jules|Joyce,330|Victoria,390,Vicky,Tori,Vic|Ruth,350,Ruthie|Virginia,340,Ginny",
    "Lauren,370,Laurie|Kelly,350|Christina,350,Tina,Chris|Joan,310,Joanie|Evelyn,330,Evie|Judith,"
    "300,Judy",
    "Andrea,320|Hannah,340|Megan,330,Meg|Cheryl,310|Jacqueline,310,Jackie|Martha,290,Marty|Madison,"
    "300,Maddie",
    "Teresa,300,Terry,Tess|Gloria,270|Sara,300|Janice,260,Jan|Ann,260,Annie|Kathryn,300,Kate,Kathy",
    "Abigail,310,Abby,Gail|Sophia,310,Sophie|Frances,260,Fran,Franny|Jean,240,Jeannie|Alice,260,"
    "Ally",
    "Judy,230|Isabella,290,Bella,Izzy|Julia,280,Jules|Grace,280,Gracie|Amber,250|Denise,250",
    "Danielle,260,Dani|Marilyn,220|Beverly,210,Bev|Charlotte,240,Charlie,Lottie|Natalie,250,Nat",
    "Theresa,230,Terry|Diana,230,Di|Brittany,240,Britt|Doris,190|Kayla,230|Alexis,240,Lexi|Lori,"
    "200",
    "Marie,190|Alexandra,220,Alex,Sandra,Lexi|Rose,190,Rosie|Tammy,180|Tiffany,190,Tiff|Kathy,160",
    "Crystal,190|Erin,190|Robin,160|Tina,160|Peggy,130|Dawn,160|Rhonda,150|Wendy,160|Bonnie,150",
    "Tracy,150|Rita,140|Sherry,130|Ellen,150,Ellie,Nell|Jane,160,Janie|Connie,130|Gail,120|"
    "Florence,110,Flo",
    "Josephine,120,Jo,Josie|Edith,110,Edie|Thelma,90|Lucille,100,Lucy|Marjorie,100,Marge|Louise,"
    "110,Lou",
    "Eleanor,130,Ellie,Nora,Nell|Annie,120|Irene,120|Edna,80|Ethel,70|Gladys,80|Esther,100,Essie",
    "Pauline,90|Juanita,80|Anita,110|Lillian,120,Lily,Lil|Hazel,100|Gertrude,60,Gert,Trudy|Phyllis,"
    "100",
    "Leslie,110|Valerie,130,Val|Erica,130|April,120|Vanessa,120,Nessa|Monica,120|Katie,100|Alicia,"
    "110",
    "Courtney,110|Shannon,120|Veronica,110,Ronnie|Suzanne,100,Sue|Jill,110|Joanne,100,Jo|Melanie,"
    "110,Mel",
    "Holly,100|Stacy,110|Allison,120,Ally|Regina,90,Gina|Renee,90|Vivian,100,Viv|Lucy,110|Ella,110",
    "Chloe,120|Ava,120|Mia,110|Lily,100|Zoe,90|Leah,90|Audrey,90|Claire,100|Savannah,80|Brooke,90",
    "Haley,90|Paige,80|Jasmine,90,Jazz|Destiny,70|Morgan,80|Taylor,90|Sydney,80,Syd|Mackenzie,70,"
    "Kenzie",
    "Rosa,80|Carmen,70|Guadalupe,60,Lupe|Ana,70|Margarita,50,Rita|Yolanda,60,Yoli|Silvia,50|Sylvia,"
    "80",
    "Alma,50|Elena,50,Lena|Gabriela,60,Gaby|Daniela,50,Dani|Mariana,30|Lucia,40,Lucy|Esperanza,25",
    "Gabrielle,60,Gaby|Bethany,60,Beth|Cassandra,80,Cass,Sandra|Caroline,90,Carrie|Charlene,60",
    "Christy,50|Clara,70|Claudia,60|Colleen,60|Constance,50,Connie|Daisy,50|Darlene,60|Delores,50,"
    "Dee",
    "Eileen,60|Elaine,80|Elise,40|Eva,80,Evie|Faith,70|Faye,40|Felicia,50|Fiona,20|Genevieve,40,"
    "Gen",
    "Georgia,60|Gina,60|Gwendolyn,60,Gwen|Harriet,40,Hattie|Hope,45|Ida,50|Ingrid,15|Isabel,60,"
    "Izzy,Belle",
    "Jeanette,50,Jean|Jenna,60|Jessie,50|Joann,60,Jo|Jocelyn,60|Jodi,50|Joy,60|Joanna,60,Jo|"
    "Juliana,30",
    "June,60|Kara,50|Katrina,60,Kat,Trina|Kendra,50|Kristen,80,Kris|Kristin,80,Kris|Kristina,50,"
    "Kris,Tina",
    "Lindsay,70|Loretta,50,Lori|Lorraine,60|Lydia,60|Lynn,80|Mabel,40|Marian,50|Marcia,50|Marlene,"
    "50",
    "Maureen,60,Mo|Mildred,80,Millie|Minnie,40|Miranda,50,Randi|Miriam,50,Mimi|Molly,70|Naomi,50|"
    "Natasha,60,Tasha",
    "Nina,40|Nora,60|Norma,80|Paula,80|Penelope,30,Penny|Priscilla,40|Rachael,50|Roberta,60,Bobbie",
    "Rosemary,60,Rose|Roxanne,30,Roxy|Ruby,80|Sabrina,50|Sadie,40|Sally,60|Sheila,80|Sonia,40|"
    "Sophie,40",
    "Stella,50|Tamara,50,Tammy|Tanya,60|Tara,60|Toni,40|Ursula,10|Vera,50|Viola,40|Wanda,60|"
    "Whitney,50",
    "Yvonne,60|Aisha,25|Amina,12|Anjali,8|Fatima,20|Ingeborg,3|Irina,8|Layla,40|Natalia,30|Nadia,"
    "20",
    "Noor,5|Olga,15|Priya,15|Svetlana,5|Tatiana,15|Yasmin,15|Zainab,6|Adaeze,3|Keisha,20|Latoya,25",
    NULL,
};

/* Rare surnames: about 195,000 of them. */
static const char *const begins[] = {
    "Al",   "An",  "Ar",  "Bal", "Bar", "Bel", "Ber",  "Bin",  "Bol", "Bor",  "Bran", "Bren", "Bru",
    "Bur",  "Cal", "Can", "Cor", "Cul", "Dal", "Dar",  "Del",  "Dom", "Dor",  "Dun",  "Ed",   "El",
    "Er",   "Fal", "Fen", "Fin", "Fol", "Gal", "Gar",  "Gel",  "Gor", "Gran", "Grun", "Gul",  "Hal",
    "Ham",  "Har", "Hel", "Hen", "Hol", "Hor", "Il",   "Iv",   "Jan", "Jar",  "Kal",  "Kar",  "Kel",
    "Kir",  "Kol", "Kor", "Kra", "Lam", "Lan", "Lar",  "Lem",  "Lin", "Lor",  "Mal",  "Man",  "Mar",
    "Mel",  "Mor", "Mul", "Nak", "Nel", "Nor", "Ol",   "Or",   "Pal", "Par",  "Pel",  "Per",  "Pol",
    "Quin", "Ral", "Ram", "Ros", "Rud", "Sal", "Sand", "Schu", "Sel", "Sor",  "Stan", "Stol", "Tal",
    "Tar",  "Tol", "Tor", "Ul",  "Val", "Ver", "Vol",  "Wal",  "War", "Wil",  "Yar",  "Zal",  "Zim",
};
static const char *const middles[] = {
    "a",  "an",  "ar", "as", "at", "ba", "be", "bi", "da", "de", "di", "du", "e",  "en", "er", "es",
    "ga", "ge",  "ha", "i",  "il", "in", "ka", "ke", "ki", "ko", "la", "le", "li", "lo", "ma", "me",
    "na", "nes", "o",  "on", "ra", "ri", "ro", "sa", "ta", "te", "ti", "to", "va", "vi",
};
static const char *const ends[] = {
    "berg", "bach", "beck",  "dale", "din",  "dorf", "dez",   "etti", "feld",  "ford", "gren",
    "hart", "heim", "horst", "ini",  "ius",  "ka",   "ker",   "kins", "land",  "ler",  "ley",
    "lin",  "lund", "mann",  "mer",  "moto", "ner",  "nik",   "nova", "quist", "rell", "rick",
    "rino", "rov",  "sen",   "ski",  "son",  "stad", "stein", "ton",
};
#define COUNT_OF(all) (sizeof(all) / sizeof((all)[0]))
#define RARE_COUNT    ((uint32_t)(COUNT_OF(begins) * COUNT_OF(middles) * COUNT_OF(ends)))

void person_names_load(person_names *names) {
    word_table_load(&names->given[0], men);
    word_table_load(&names->given[1], women);
    word_table_load(&names->surnames, person_census_surnames);
}

uint32_t person_draw_surname(const person_names *names, person_random *random) {
    if (person_draw_below(random, MILLION) < PERSON_RARE_SURNAMES) {
        return (uint32_t)names->surnames.count + person_draw_below(random, RARE_COUNT);
    }
    return (uint32_t)word_table_draw(&names->surnames, random);
}

char *person_surname(const person_names *names, uint32_t surname, char out[WORD_BYTES]) {
    if (surname < names->surnames.count) {
        return word_table_field(&names->surnames, surname, 0, out);
    }
    size_t rare = surname - names->surnames.count;
    snprintf(out, WORD_BYTES, "%s%s%s", begins[rare % COUNT_OF(begins)],
             middles[rare / COUNT_OF(begins) % COUNT_OF(middles)],
             ends[rare / COUNT_OF(begins) / COUNT_OF(middles)]);
    return out;
}

uint32_t person_surname_share(const person_names *names, uint32_t surname) {
    if (surname >= names->surnames.count) {
        return PERSON_RARE_SURNAMES / RARE_COUNT + 1;
    }
    uint64_t weight = word_table_weight(&names->surnames, surname);
    return (uint32_t)(weight * (MILLION - PERSON_RARE_SURNAMES) / names->surnames.total);
}

uint32_t person_given_share(const person_names *names, bool female, uint32_t given) {
    const word_table *table = &names->given[female];
    return (uint32_t)((uint64_t)word_table_weight(table, given) * MILLION / table->total);
}

bool person_draw_nickname(const person_names *names, bool female, uint32_t given,
                          person_random *random, char out[WORD_BYTES]) {
    unsigned forms = word_table_fields(&names->given[female], given) - 2;
    if (forms == 0) {
        return false;
    }
    word_table_field(&names->given[female], given, 2 + person_draw_below(random, forms), out);
    return true;
}
