/** The bundle in a running framework, with Patchbay's own bundles beside it. */
@NullMarked
package com.example.patchbay.it;

import org.jspecify.annotations.NullMarked;
