#include "src/score/buyers.h"

#include <math.h>
#include <string.h>

/* Names */

const char *kithi_buyers_name(kithi_buyers_method method) {
    static const char *const names[KITHI_BUYERS_METHODS] = {
        [KITHI_BG_NBD] = "bg/nbd",         [KITHI_MBG_NBD] = "mbg/nbd",
        [KITHI_PARETO_NBD] = "pareto/nbd", [KITHI_BG_CNBD] = "bg/cnbd",
        [KITHI_MBG_CNBD] = "mbg/cnbd",
    };
    return (unsigned)method < KITHI_BUYERS_METHODS ? names[method] : NULL;
}

bool kithi_buyers_find(const char *name, size_t length, kithi_buyers_method *out) {
    for (int i = 0; i < KITHI_BUYERS_METHODS; i++) {
        const char *known = kithi_buyers_name((kithi_buyers_method)i);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *out = (kithi_buyers_method)i;
            return true;
        }
    }
    return false;
}

const char *kithi_buyers_parameter(kithi_buyers_method method, size_t parameter) {
    static const char *const names[2][KITHI_BUYERS_PARAMETERS] = {{"r", "alpha", "a", "b"},
                                                                  {"r", "alpha", "s", "beta"}};
    return parameter < KITHI_BUYERS_PARAMETERS ? names[method == KITHI_PARETO_NBD][parameter]
                                               : NULL;
}

/* Numbers */

static bool is_pareto(const kithi_buyers *m) {
    return m->method == KITHI_PARETO_NBD;
}

static bool is_regular(kithi_buyers_method method) {
    return method == KITHI_BG_CNBD || method == KITHI_MBG_CNBD;
}

static bool may_go_at_once(kithi_buyers_method method) {
    return method == KITHI_MBG_NBD || method == KITHI_MBG_CNBD;
}

bool kithi_buyers_init(kithi_buyers *m, kithi_buyers_method method, unsigned regularity,
                       const double p[KITHI_BUYERS_PARAMETERS]) {
    if ((unsigned)method >= KITHI_BUYERS_METHODS || regularity < 1 ||
        regularity > (is_regular(method) ? KITHI_REGULARITY_MAX : 1)) {
        return false;
    }
    for (size_t i = 0; i < KITHI_BUYERS_PARAMETERS; i++) {
        if (!(p[i] > 0 && isfinite(p[i]))) {
            return false;
        }
    }
    *m = (kithi_buyers){.method = method};
    if (is_pareto(m)) {
        kithi_quadrature_init(&m->pareto.quadrature);
    } else {
        m->dropout = (kithi_dropout){.regularity = regularity, .at_once = may_go_at_once(method)};
    }
    kithi_buyers_change(m, p);
    return true;
}

void kithi_buyers_change(kithi_buyers *m, const double p[KITHI_BUYERS_PARAMETERS]) {
    *(is_pareto(m) ? &m->pareto.r : &m->dropout.r) = p[0];
    *(is_pareto(m) ? &m->pareto.alpha : &m->dropout.alpha) = p[1];
    *(is_pareto(m) ? &m->pareto.s : &m->dropout.a) = p[2];
    *(is_pareto(m) ? &m->pareto.beta : &m->dropout.b) = p[3];
}

void kithi_buyers_parameters(const kithi_buyers *m, double out[KITHI_BUYERS_PARAMETERS]) {
    out[0] = is_pareto(m) ? m->pareto.r : m->dropout.r;
    out[1] = is_pareto(m) ? m->pareto.alpha : m->dropout.alpha;
    out[2] = is_pareto(m) ? m->pareto.s : m->dropout.a;
    out[3] = is_pareto(m) ? m->pareto.beta : m->dropout.b;
}

unsigned kithi_buyers_regularity(const kithi_buyers *m) {
    return is_pareto(m) ? 1 : m->dropout.regularity;
}

/* What to expect */

double kithi_buyers_alive(const kithi_buyers *m, const kithi_repeat *c) {
    return kithi_buyers_staying(m, c, 0);
}

double kithi_buyers_staying(const kithi_buyers *m, const kithi_repeat *c, double time) {
    return is_pareto(m) ? kithi_pareto_staying(&m->pareto, c, time)
                        : kithi_dropout_staying(&m->dropout, c, time);
}

double kithi_buyers_alive_if_silent(const kithi_buyers *m, const kithi_repeat *c, double time) {
    kithi_repeat later = c == NULL ? (kithi_repeat){.weight = 1} : *c;
    later.age += time;
    return kithi_buyers_alive(m, &later);
}

double kithi_buyers_expected(const kithi_buyers *m, const kithi_repeat *c, double time) {
    return is_pareto(m) ? kithi_pareto_expected(&m->pareto, c, time)
                        : kithi_dropout_expected(&m->dropout, c, time);
}

double kithi_buyers_at_least(const kithi_buyers *m, const kithi_repeat *c, double time,
                             uint32_t purchases) {
    if (purchases == 0) {
        return 1;
    }
    return is_pareto(m) ? kithi_pareto_at_least(&m->pareto, c, time, purchases)
                        : kithi_dropout_at_least(&m->dropout, c, time, purchases);
}

double kithi_buyers_exactly(const kithi_buyers *m, const kithi_repeat *c, double time,
                            uint32_t purchases) {
    double least = kithi_buyers_at_least(m, c, time, purchases);
    double more = purchases < UINT32_MAX ? kithi_buyers_at_least(m, c, time, purchases + 1) : 0;
    return least > more ? least - more : 0;
}
