package org.patchbay.conformance;

/**
 * One line of {@code docs/contract.md}.
 *
 * @param id its id, such as {@code Q7}
 * @param section the heading that it stands under, such as {@code Queue}
 * @param isKits whether it is marked as checked by the kit
 * @param sentence what it says, as plain text
 */
public record ContractEntry(String id, String section, boolean isKits, String sentence) {}
