package org.patchbay.api.control;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;

/**
 * A completed swap.
 *
 * @param record what happened
 * @param released the old endpoint, stopped, if it had been connected as an object; null if there
 *     was none or it was a service, which went back to the framework
 */
public record Swap(SwapRecord record, @Nullable Endpoint released) {}
