#include "src/score/refusal.h"

const char *kithi_refusal_text(kithi_refusal refusal) {
    static const char *const texts[KITHI_REFUSALS] = {
        [KITHI_REFUSAL_NONE] = "there is an answer",
        [KITHI_REFUSAL_INPUT] = "a number is out of its range",
        [KITHI_REFUSAL_NOBODY] = "there are no customers to learn from",
        [KITHI_REFUSAL_NO_TIME] = "no time has passed since the customers' first purchases",
        [KITHI_REFUSAL_NO_REPEATS] = "no customer bought a second time",
        [KITHI_REFUSAL_NOT_CONVERGED] = "the search for the likeliest parameters did not converge",
        [KITHI_REFUSAL_RAN_AWAY] =
            "a parameter ran away to zero or infinity: these customers don't "
            "differ as the model supposes",
        [KITHI_REFUSAL_FLAT] =
            "there are too few customers to tell the parameters, or they are too much alike",
        [KITHI_REFUSAL_INFINITE_MEAN] = "mean spend is infinite (q <= 1)",
    };
    return (unsigned)refusal < KITHI_REFUSALS ? texts[refusal] : "unknown";
}
