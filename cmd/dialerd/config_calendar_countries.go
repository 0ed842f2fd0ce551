package main

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cy"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ee"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fi"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/hu"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/is"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/ke"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lu"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mt"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/mx"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/pt"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/rs"
	"github.com/rickar/cal/v2/ru"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/th"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// holidayCountry is a country whose holidays the library knows.
type holidayCountry struct {
	name    string
	all     []*cal.Holiday            // of the country as a whole; nil: only of its regions
	regions map[string][]*cal.Holiday // the country's and their own
}

// holidayCountries is by two letters, as in ISO 3166.
var holidayCountries = map[string]holidayCountry{
	"ar": {"Argentina", ar.Holidays, nil},
	"at": {"Austria", at.Holidays, nil},
	"au": {"Australia", nil, map[string][]*cal.Holiday{
		"act": au.HolidaysACT,
		"nsw": au.HolidaysNSW,
		"nt":  au.HolidaysNT,
		"qld": au.HolidaysQLD,
		"sa":  au.HolidaysSA,
		"tas": au.HolidaysTAS,
		"vic": au.HolidaysVIC,
		"wa":  au.HolidaysWA,
	}},
	"be": {"Belgium", be.Holidays, nil},
	"bg": {"Bulgaria", bg.Holidays, nil},
	"br": {"Brazil", br.Holidays, nil},
	"ca": {"Canada", ca.Holidays, nil},
	"ch": {"Switzerland", ch.Holidays, map[string][]*cal.Holiday{
		"ag": ch.HolidaysAG,
		"ai": ch.HolidaysAI,
		"ar": ch.HolidaysAR,
		"be": ch.HolidaysBE,
		"bl": ch.HolidaysBL,
		"bs": ch.HolidaysBS,
		"fr": ch.HolidaysFR,
		"ge": ch.HolidaysGE,
		"gl": ch.HolidaysGL,
		"gr": ch.HolidaysGR,
		"ju": ch.HolidaysJU,
		"lu": ch.HolidaysLU,
		"ne": ch.HolidaysNE,
		"nw": ch.HolidaysNW,
		"ow": ch.HolidaysOW,
		"sg": ch.HolidaysSG,
		"sh": ch.HolidaysSH,
		"so": ch.HolidaysSO,
		"sz": ch.HolidaysSZ,
		"tg": ch.HolidaysTG,
		"ti": ch.HolidaysTI,
		"ur": ch.HolidaysUR,
		"vd": ch.HolidaysVD,
		"vs": ch.HolidaysVS,
		"zg": ch.HolidaysZG,
		"zh": ch.HolidaysZH,
	}},
	"cy": {"Cyprus", cy.Holidays, nil},
	"cz": {"Czechia", cz.Holidays, nil},
	"de": {"Germany", de.Holidays, map[string][]*cal.Holiday{
		"bb": de.HolidaysBB,
		"be": de.HolidaysBE,
		"bw": de.HolidaysBW,
		"by": de.HolidaysBY,
		"hb": de.HolidaysHB,
		"he": de.HolidaysHE,
		"hh": de.HolidaysHH,
		"mv": de.HolidaysMV,
		"ni": de.HolidaysNI,
		"nw": de.HolidaysNW,
		"rp": de.HolidaysRP,
		"sh": de.HolidaysSH,
		"sl": de.HolidaysSL,
		"sn": de.HolidaysSN,
		"st": de.HolidaysST,
		"th": de.HolidaysTH,
	}},
	"dk": {"Denmark", dk.Holidays, nil},
	"ee": {"Estonia", ee.Holidays, nil},
	"es": {"Spain", es.Holidays, nil},
	"fi": {"Finland", fi.Holidays, nil},
	"fr": {"France", fr.Holidays, nil},
	"gb": {"Great Britain", gb.Holidays, nil},
	"gr": {"Greece", gr.Holidays, nil},
	"hr": {"Croatia", hr.Holidays, nil},
	"hu": {"Hungary", hu.Holidays, nil},
	"ie": {"Ireland", ie.Holidays, nil},
	"is": {"Iceland", is.Holidays, nil},
	"it": {"Italy", it.Holidays, nil},
	"jp": {"Japan", jp.Holidays, nil},
	"ke": {"Kenya", ke.Holidays, nil},
	"lt": {"Lithuania", lt.Holidays, nil},
	"lu": {"Luxembourg", lu.Holidays, nil},
	"lv": {"Latvia", lv.Holidays, nil},
	"mt": {"Malta", mt.Holidays, nil},
	"mw": {"Malawi", mw.Holidays, nil},
	"mx": {"Mexico", mx.Holidays, nil},
	"nc": {"New Caledonia", nc.Holidays, nil},
	"nl": {"Netherlands", nl.Holidays, nil},
	"no": {"Norway", no.Holidays, nil},
	"nz": {"New Zealand", nz.Holidays, nil},
	"pl": {"Poland", pl.Holidays, nil},
	"pt": {"Portugal", pt.Holidays, nil},
	"ro": {"Romania", ro.Holidays, nil},
	"rs": {"Serbia", rs.Holidays, nil},
	"ru": {"Russia", russia(), nil},
	"se": {"Sweden", se.Holidays, nil},
	"si": {"Slovenia", si.Holidays, nil},
	"sk": {"Slovakia", sk.Holidays, nil},
	"th": {"Thailand", th.Holidays, nil},
	"ua": {"Ukraine", ua.Holidays, nil},
	"us": {"United States", us.Holidays, nil},
	"za": {"South Africa", za.Holidays, nil},
}

// holidayNames are other ways to write a country, for who does not know its two letters.
var holidayNames = map[string]string{"uk": "gb", "england": "gb", "united kingdom": "gb", "usa": "us", "america": "us", "rus": "ru", "ger": "de", "deu": "de",
	"czech republic": "cz", "holland": "nl", "aus": "au", "aut": "at", "esp": "es", "jap": "jp", "swe": "se", "dan": "dk", "ukr": "ua"}

// russia is the library's list and what it lacks: 2 to 6 and 8 January are holidays too (Labour Code,
// article 112). What of the New Year holidays falls on a weekend is not moved to the next Monday but, by
// a decree of each year, to some other day, which no rule knows.
func russia() []*cal.Holiday {
	all := slices.Clone(ru.Holidays)
	for i, h := range all {
		if h.Month == time.January {
			all[i] = h.Clone(&cal.Holiday{Observed: []cal.AltDay{}})
		}
	}
	for _, day := range []int{2, 3, 4, 5, 6, 8} {
		all = append(all, &cal.Holiday{Name: "Новогодние каникулы", Type: cal.ObservancePublic, Month: time.January, Day: day, Func: cal.CalcDayOfMonth})
	}
	return all
}
