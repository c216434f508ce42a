"""How strong the suite is: it is run over the fault bank, and what each scenario is good for is counted."""
