cd /tmp/lf
TOY="objective=gan model=mlp_small data.batch_size=64 trainer.max_steps=1000 callback.score.every=1000 seed=0,1,2 objective.critic_optimizer.lr=1e-3 objective.generator_optimizer.lr=1e-3 logger=csv hydra/launcher=ensemble"
go(){ n=$1; shift; python -m gan_lightning.train -m $TOY "$@" hydra.sweep.dir=hacks/$n > hacks_$n.log 2>&1; }
for d in ring8 grid25; do
go plain_$d data=$d
go minimax_$d data=$d loss@objective.loss=minimax
go smooth_$d data=$d objective.loss.real_target=0.9
go noisy_$d data=$d objective.loss.real_target=0.9 objective.loss.fake_target=0.1
go steps5_$d data=$d objective.n_critic=5
go batch_$d data=$d model.generator.norm=batch
go layer_$d data=$d model.generator.norm=layer
go sgd_$d data=$d optimizer@objective.critic_optimizer=sgd objective.critic_optimizer.lr=1e-2
go sgd1_$d data=$d optimizer@objective.critic_optimizer=sgd objective.critic_optimizer.lr=1e-1
done
