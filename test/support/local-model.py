# A llama.cpp server with a model, on a free port of this machine; ends with its standard input.
# usage: local-model.py <folder of xllamacpp> <model.gguf>
import sys

sys.path.insert(0, sys.argv[1])
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[2]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 4096
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.sampling.temp = 0.0
params.offline = True
params.ui = False
server = xllamacpp.Server(params)
print("listening at " + server.listening_address, flush=True)
sys.stdin.read()
