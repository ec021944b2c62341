package org.patchbay.drills.platform;

/**
 * What a platform answered to a console command.
 *
 * @param done whether it did what the command says
 * @param text its words: the result, or one sentence that says why not
 */
public record Answer(boolean done, String text) {}
