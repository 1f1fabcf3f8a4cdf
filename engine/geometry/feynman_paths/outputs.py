"""Every number and array of this lab's frames."""

from __future__ import annotations

from engine.core.topic import array, scalar

# fmt: off
OUTPUTS = (
    scalar("x2", "mean of x² over chains and sweeps after the burn-in", symbol="⟨x²⟩"),
    scalar("x2_error", "standard error of ⟨x²⟩, from the spread of the chains"),
    scalar("effective", "independent sweeps that those of a chain are worth"),
    scalar("age", "sweeps since the burn-in began"),
    scalar("x2_lattice", "⟨x²⟩ exactly on this lattice"),
    scalar("x2_continuum", "⟨x²⟩ of the oscillator without a lattice"),
    scalar("x2_classical", "⟨x²⟩ of the classical oscillator"),
    scalar("energy", "mean energy by the virial theorem"),
    scalar("e0", "ground state energy on this lattice", symbol="E₀"),
    scalar("gap", "energy gap on this lattice"),
    scalar("gap_measured", "energy gap from the correlator's decay"),
    scalar("acceptance", "share of accepted moves in the last sweep"),
    scalar("left", "share of chains that lie left on average"),
    scalar("cornu_re", "sum of mode 1's arrows, real part"),
    scalar("cornu_im", "sum of mode 1's arrows, imaginary part"),
    scalar("mode_product", "modulus of the product of modes"),
    scalar("kernel_re", "kernel, real part"),
    scalar("kernel_im", "kernel, imaginary part"),
    scalar("fk_mc", "mean of what the walkers have left after the toll"),
    scalar("fk_error", "standard error of that mean"),
    scalar("fk_discrete", "the same mean, exactly for 200 steps"),
    scalar("fk_exact", "the same mean, exactly"),
    scalar("drift_x2", "⟨x²⟩ of the biased walk's ends"),
    scalar("drift_exact", "the same in the limit of small steps"),
    array("correlator", "lags", "⟨x₀x_j⟩", exact=True),
    array("correlator_exact", "lags", "⟨x₀x_j⟩ exactly on this lattice", exact=True),
    array("density", "bins", "density of x; during the burn-in that of the present paths", exact=True),
    array("density_exact", "bins", "density of x exactly on this lattice", exact=True),
    array("bins", "bins", "middles of the bins", exact=True),
    array("paths", "drawn slices", "closed paths of the first chains"),
    array("walks", "walkers times", "positions of some walkers"),
    array("walk_left", "walkers", "what these walkers have left after the toll"),
    array("walk_ends", "2 places", "density of the walkers' ends, without and with the toll"),
    array("drifts", "drifters times", "positions of some biased walkers"),
    array("drift_places", "spots", "places where biased walks may end"),
    array("drift_ends", "spots", "density of the biased walks' ends"),
)
# fmt: on
