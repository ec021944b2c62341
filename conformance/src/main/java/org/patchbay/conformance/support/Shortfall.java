package org.patchbay.conformance.support;

/**
 * What did not happen.
 *
 * @param notAccepted packets that were not accepted
 * @param notCompleted packets that did not complete
 * @param notReceived frames that did not come
 */
public record Shortfall(int notAccepted, int notCompleted, int notReceived) {}
