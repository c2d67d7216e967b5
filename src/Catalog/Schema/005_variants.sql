-- Variants live in their products' streams; their integers are drawn here and kept by the events.
create sequence catalog.variant_numbers;
